-- For those who follow the log: its epoch, its head, and the entries after a position ('' for none) or the
-- reason why they can't be had. Sweeps nothing and doesn't count as a use of the room.
if not load() then return { 'not-found' } end
return { 'ok', room.epoch, room.head, arg(1) == '' and {} or entries_since(arg(1)) }

-- Makes a room; leaves one that exists as it is.
-- Arguments: the RoomInfo as JSON without `locked`, locked ('1' or '0'), capacity, the host's userId, a revision, a
-- fresh epoch.
if redis.call('EXISTS', ROOM) == 1 then return { 'ok' } end
make_room({ info = arg(1), locked = arg(2), capacity = arg(3), hostId = arg(4), revision = arg(5) }, arg(6))
return finish({ 'ok' })

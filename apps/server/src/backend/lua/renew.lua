-- Renews leases and answers the log's epoch and head, and the presences that are lost to the caller.
-- Arguments, three for each session: peerId, attempt, how long its client has been silent.
if not open() then return { 'not-found' } end
local reply = { 'ok', room.epoch, '' }
for i = 1, #ARGV - OWN_ARGUMENTS, 3 do
  local session = fenced(arg(i), arg(i + 1))
  if not session then
    reply[#reply + 1] = arg(i)
  elseif not session.goodbye then
    redis.call('ZADD', LEASES, 'GT', now + LEASE - tonumber(arg(i + 2)), arg(i))
  end
end
reply[3] = room.head
return finish(reply)

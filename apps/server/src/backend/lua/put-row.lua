-- Shows a room in the list, unless what is there is newer.
-- Arguments: roomId, the RoomRow as JSON, its version (a position), how long it is shown, milliseconds.
local id, row, version, shown_for = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local function compare(a, b)
  local a_ms, a_n = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_n = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then return tonumber(a_ms) - tonumber(b_ms) end
  return tonumber(a_n) - tonumber(b_n)
end

sweep()
local stored = redis.call('HGET', VERSIONS, id)
local order = stored and compare(version, stored) or 1
if order == 0 then
  redis.call('ZADD', DEADLINES, 'GT', now + shown_for, id)
elseif order > 0 then
  redis.call('HSET', ROWS, id, row)
  redis.call('HSET', VERSIONS, id, version)
  redis.call('ZADD', DEADLINES, now + shown_for, id)
  if shown_for > 0 then tell('[' .. row .. ']', '[]') else sweep() end
end
return { 'ok' }

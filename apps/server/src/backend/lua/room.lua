-- Stands before every script about a room: what one atomic step begins and ends with.
--
-- A step reads the room with open(), which sweeps it; changes it; logs with append(); and returns through
-- finish(), which publishes what was logged and sets every key's time to live, or through finish_lightly(), which
-- leaves that to the others: a message costs Redis half as much. The time is Redis' own.
-- Messages and names that came from outside are spliced as JSON text and not parsed where that can be avoided:
-- cjson rounds to 14 digits and turns [] into {}.

local ROOM, PEERS, LEASES, SESSIONS, SEQ, LOG, CHAT, PAST, USERS, REMOVED = unpack(KEYS)

local LEASE = tonumber(ARGV[1])
local CLOSING_LEASE = tonumber(ARGV[2])
local LOG_AGE = tonumber(ARGV[3])
local LOG_BYTES = tonumber(ARGV[4])
local EMPTY_DATA = tonumber(ARGV[5])
local ROOM_AGE = tonumber(ARGV[6])
local REMEMBER = tonumber(ARGV[7])
local RESTORE_WITHIN = tonumber(ARGV[8])
local OWN_ARGUMENTS = 8
-- Log and chat of a room whose replicas have all gone: nobody is there to find it empty.
local ABANDONED_DATA = EMPTY_DATA + 3600000

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- The fields of the room's hash, after load().
local room
-- What this step has logged, as the JSON text that is published, and the position before it.
local logged, logged_after = {}, nil

local function arg(index) return ARGV[OWN_ARGUMENTS + index] end

-- Lua would write 2^53 as 9.007199254741e+15.
local function integer(number) return string.format('%.0f', number) end

local function parse_position(position)
  local ms, n = string.match(position, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(n)
end

-- Positions rise even when the clock doesn't, and go on after the log was deleted: the hash keeps the head.
local function next_position()
  local ms, n = parse_position(room.head)
  if now > ms then return integer(now) .. '-0' end
  return integer(ms) .. '-' .. integer(n + 1)
end

-- An entry knows the position before it (so that a reader sees a gap) and the log's length in bytes since its
-- beginning (so that its size is a subtraction).
local function append(event)
  local position = next_position()
  room.bytes = tonumber(room.bytes) + #event
  redis.call('XADD', LOG, position, 'event', event, 'prev', room.head, 'bytes', integer(room.bytes))
  logged_after = logged_after or room.head
  logged[#logged + 1] = '["' .. position .. '",' .. event .. ']'
  room.head = position
  return position
end

-- A session is {attempt, goodbye} of a presence that is inside or has expired, or {ended} with the reason.
local function session_of(peer)
  local value = redis.call('HGET', SESSIONS, peer)
  if not value then return nil end
  local attempt, goodbye = string.match(value, '^(%d+)(.*)$')
  if not attempt then return { ended = value } end
  return { attempt = tonumber(attempt), goodbye = goodbye == ' goodbye' }
end

local function is_inside(peer) return redis.call('HEXISTS', PEERS, peer) == 1 end

-- A peer that is inside: its number in the order of joining, and what the others see of it.
local function read_peer(peer)
  local order, described = string.match(redis.call('HGET', PEERS, peer), '^(%d+) (.*)$')
  return order, cjson.decode(described)
end

local function write_peer(peer, order, described)
  redis.call('HSET', PEERS, peer, order .. ' ' .. cjson.encode(described))
end

-- The session of a presence that is inside and that no newer connection holds.
local function fenced(peer, attempt)
  local session = session_of(peer)
  if session and session.attempt == tonumber(attempt) and is_inside(peer) then return session end
  return nil
end

local function depart(peer, reason)
  local was_inside = redis.call('HDEL', PEERS, peer) == 1
  redis.call('ZREM', LEASES, peer)
  redis.call('ZADD', PAST, now, peer)
  if reason ~= 'expired' then
    redis.call('HSET', SESSIONS, peer, reason)
    redis.call('HDEL', SEQ, peer)
  end
  if was_inside and redis.call('HLEN', PEERS) == 0 then room.emptyAt = now end
  local user = reason == 'removed' and redis.call('HGET', USERS, peer) or nil
  if reason ~= 'expired' then redis.call('HDEL', USERS, peer) end
  append(cjson.encode({ type = 'left', peerId = peer, reason = reason, userId = user,
    revision = user and room.revision }))
end

-- Ends every presence, inside or expired, of the users that are meant, in the order of their ids.
local function depart_all(is_meant, reason)
  local users = redis.call('HGETALL', USERS)
  local peers = {}
  for i = 1, #users, 2 do
    if is_meant(users[i + 1]) then peers[#peers + 1] = users[i] end
  end
  table.sort(peers)
  for _, peer in ipairs(peers) do depart(peer, reason) end
end

-- What a record would say has changed: see `revisions.ts`.
local function raise_revision()
  local revision = room.revision or '0'
  local parts = select(2, string.gsub(revision, '%d+', ''))
  if revision == room.base and parts < 8 then
    room.revision = revision .. '.1'
  else
    local before, last = string.match(revision, '^(.-)(%d+)$')
    room.revision = before .. integer(tonumber(last) + 1)
  end
  redis.call('HSET', ROOM, 'revision', room.revision)
end

-- removed: who may not come back, where that has changed with it.
local function tell_room(removed)
  local list = ''
  if removed then list = ',"removed":' .. (#removed > 0 and cjson.encode(removed) or '[]') end
  append('{"type":"room","info":' .. room.info .. ',"locked":' .. (room.locked == '1' and 'true' or 'false')
    .. ',"revision":"' .. room.revision .. '"' .. list .. '}')
end

local function trim_log()
  redis.call('XTRIM', LOG, 'MINID', now - LOG_AGE)
end

-- `kept` is where the log began when it was last looked at: at least as much has been trimmed since.
local function trim_log_to_size()
  while tonumber(room.bytes) - tonumber(room.kept or '0') > LOG_BYTES do
    local first = redis.call('XRANGE', LOG, '-', '+', 'COUNT', 1)[1]
    local kept = first and tonumber(first[2][6]) - #first[2][2] or tonumber(room.bytes)
    if kept == tonumber(room.kept) then
      redis.call('XDEL', LOG, first[1])
    else
      room.kept = kept
      redis.call('HSET', ROOM, 'kept', integer(kept))
    end
  end
end

local function load()
  local flat = redis.call('HGETALL', ROOM)
  if #flat == 0 then return false end
  room = {}
  for i = 1, #flat, 2 do room[flat[i]] = flat[i + 1] end
  return true
end

-- False when there is no such room.
local function open()
  if not load() then return false end
  -- Redis or every replica stood still: nobody is swept for it (but those who had said goodbye).
  if now - tonumber(room.touchedAt) > LEASE / 2 then
    for _, peer in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
      if not session_of(peer).goodbye then redis.call('ZADD', LEASES, now + LEASE, peer) end
    end
  end
  room.touchedAt = now
  for _, peer in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', now)) do
    depart(peer, session_of(peer).goodbye and 'left' or 'expired')
  end
  return true
end

local function save_and_publish()
  redis.call('HSET', ROOM, 'head', room.head, 'bytes', integer(room.bytes), 'touchedAt', integer(room.touchedAt),
    'emptyAt', integer(room.emptyAt), 'since', integer(room.since))
  if #logged == 0 then return end
  trim_log_to_size()
  redis.call('PUBLISH', ROOM .. ':events', '{"epoch":"' .. room.epoch .. '","prev":"' .. logged_after
    .. '","entries":[' .. table.concat(logged, ',') .. ']}')
end

-- For a step that has made no key and let nobody in or out. Leases are renewed every few seconds, which does the rest.
local function finish_lightly(reply)
  save_and_publish()
  return reply
end

local function finish(reply)
  trim_log()
  save_and_publish()
  for _, key in ipairs({ ROOM, PEERS, LEASES, SESSIONS, SEQ, PAST, USERS, REMOVED }) do redis.call('PEXPIRE', key, ROOM_AGE) end
  local inhabited = redis.call('HLEN', PEERS) > 0
  for _, key in ipairs({ LOG, CHAT }) do
    if inhabited then
      redis.call('PEXPIRE', key, ABANDONED_DATA)
    else
      redis.call('PEXPIREAT', key, integer(room.emptyAt + EMPTY_DATA))
    end
  end
  return reply
end

local function snapshot()
  return { room.epoch, room.head, room.info, room.locked, integer(room.since), redis.call('HVALS', PEERS),
    redis.call('SMEMBERS', REMOVED), room.revision or '0' }
end

-- All entries after a position, or the reason why they can't be had.
local function entries_since(position)
  if position == room.head then return {} end
  local ms, n = parse_position(position)
  local head_ms, head_n = parse_position(room.head)
  -- A position that this log never reached: whoever was there saw a log that no longer exists.
  if ms > head_ms or (ms == head_ms and n > head_n) then return 'data-lost' end
  local entries = redis.call('XRANGE', LOG, '(' .. position, '+')
  if not entries[1] or entries[1][2][4] ~= position then return 'log-trimmed' end
  return entries
end

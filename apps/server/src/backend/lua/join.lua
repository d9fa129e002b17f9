-- Adds a presence, or takes one over; before that it brings the room back, or up to date, from a record.
-- Arguments: peerId, attempt, userId, the Peer as JSON without `joinedAt` and `replaces`, whom it replaces or '',
-- the epoch and position that it wants to go on from, or '' and '', the revision and epoch that its user was inside
-- at, or '' and '', and, with a record: a fresh epoch, the record's revision and epoch, the RoomInfo as JSON without
-- `locked`, locked, capacity, the host's userId, and the users who were removed.
local record
if arg(10) then
  record = { revision = arg(11), epoch = arg(12), info = arg(13), locked = arg(14), capacity = arg(15),
    hostId = arg(16), removed = {} }
  for i = 17, #ARGV - OWN_ARGUMENTS do record.removed[#record.removed + 1] = arg(i) end
end
if open() then
  if record then correct(record) end
elseif record then
  restore(record, arg(10))
else
  return { 'not-found' }
end
local id, attempt, user, described, replaces, from_epoch, from = arg(1), arg(2), arg(3), arg(4), arg(5), arg(6), arg(7)

-- As in limits.ts.
local REMEMBER_PRESENCES = 500

local function forget(peers)
  for _, peer in ipairs(peers) do
    redis.call('HDEL', SESSIONS, peer)
    redis.call('HDEL', SEQ, peer)
    redis.call('HDEL', USERS, peer)
    redis.call('ZREM', PAST, peer)
  end
end

local function forget_old_presences()
  forget(redis.call('ZRANGEBYSCORE', PAST, '-inf', now - REMEMBER, 'LIMIT', 0, 100))
  local excess = redis.call('ZCARD', PAST) - REMEMBER_PRESENCES
  if excess > 0 then forget(redis.call('ZRANGE', PAST, 0, math.min(excess, 100) - 1)) end
end

-- Returns why not, if it may not come in.
local function enter(known)
  -- One's own earlier page load. Where it has expired, the others still wait for it: end it for them too.
  local earlier = replaces ~= '' and replaces ~= id and session_of(replaces) or nil
  if earlier and earlier.ended then earlier = nil end
  local inside = redis.call('HLEN', PEERS)

  if room.locked == '1' and user ~= room.hostId and not known and not earlier then return 'room-locked' end
  local others = inside
  if earlier and is_inside(replaces) then others = inside - 1 end
  if others >= tonumber(room.capacity) then return 'room-full' end

  local hand
  if earlier and is_inside(replaces) then hand = select(2, read_peer(replaces)).hand end
  if earlier then depart(replaces, 'replaced') end
  if inside == 0 then room.since = now end
  forget_old_presences()
  redis.call('ZREM', PAST, id)
  redis.call('ZADD', LEASES, now + LEASE, id)
  redis.call('HSET', SESSIONS, id, attempt)
  redis.call('HSET', USERS, id, user)

  local peer = cjson.decode(described)
  peer.joinedAt = now
  if earlier then peer.replaces = replaces end
  peer.hand = hand
  described = cjson.encode(peer)
  -- A hash has no order, so that of joining stands before each peer.
  redis.call('HSET', PEERS, id, redis.call('HINCRBY', ROOM, 'joins', 1) .. ' ' .. described)
  append('{"type":"joined","peer":' .. described .. '}')
  return nil
end

local known = session_of(id)
if known and known.ended then return finish({ known.ended }) end
if redis.call('SISMEMBER', REMOVED, user) == 1 then return finish({ 'removed' }) end
if known and tonumber(attempt) < known.attempt then return finish({ 'not-a-member' }) end

if not is_inside(id) then
  local refusal = enter(known or is_returning(arg(8), arg(9)))
  if refusal then return finish({ refusal }) end
-- An equal attempt after a goodbye is a command that runs late: its connection is closed already.
elseif not (known.goodbye and tonumber(attempt) == known.attempt) then
  redis.call('HSET', SESSIONS, id, attempt)
  redis.call('ZADD', LEASES, now + LEASE, id)
end

trim_log()
local applied = redis.call('HGET', SEQ, id) or '0'
local reset = ''
if from ~= '' then
  local missed = from_epoch == room.epoch and entries_since(from) or 'data-lost'
  if type(missed) == 'table' then return finish({ 'ok', 'resumed', snapshot(), applied, missed }) end
  reset = missed
end
return finish({ 'ok', 'joined', snapshot(), applied, redis.call('XRANGE', CHAT, '-', '+'), reset })

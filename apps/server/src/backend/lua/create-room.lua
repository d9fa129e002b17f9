-- Makes a room; leaves one that exists as it is.
-- Arguments: the RoomInfo as JSON without `locked`, locked ('1' or '0'), capacity, the host's userId, a fresh epoch.
if redis.call('EXISTS', ROOM) == 1 then return { 'ok' } end
redis.call('DEL', PEERS, LEASES, SESSIONS, SEQ, LOG, CHAT, PAST, USERS, REMOVED)
redis.call('HSET', ROOM, 'info', arg(1), 'locked', arg(2), 'capacity', arg(3), 'hostId', arg(4), 'epoch', arg(5),
  'head', '0-0', 'bytes', 0, 'joins', 0, 'touchedAt', now, 'emptyAt', now, 'since', now)
load()
return finish({ 'ok' })

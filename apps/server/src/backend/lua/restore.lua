-- Stands before the scripts that make rooms: a new one, or one of which a record tells.
-- A record is { revision, epoch, info, locked, capacity, hostId, removed }.

local function newer(a, b)
  local others = string.gmatch(b, '%d+')
  for part in string.gmatch(a, '%d+') do
    local other = others()
    if not other then return true end
    if part ~= other then return tonumber(part) > tonumber(other) end
  end
  return false
end

local function make_room(settings, epoch)
  redis.call('DEL', PEERS, LEASES, SESSIONS, SEQ, LOG, CHAT, PAST, USERS, REMOVED)
  redis.call('HSET', ROOM, 'info', settings.info, 'locked', settings.locked, 'capacity', settings.capacity,
    'hostId', settings.hostId, 'revision', settings.revision, 'epoch', epoch, 'head', '0-0', 'bytes', 0, 'joins', 0,
    'touchedAt', now, 'emptyAt', now, 'since', now)
  load()
end

-- For so long after a room came back those who were inside bring what they know of it.
local function may_still_bring()
  return room.restoredAt and now - tonumber(room.restoredAt) < RESTORE_WITHIN
end

local function take_removed(record)
  redis.call('DEL', REMOVED)
  for _, user in ipairs(record.removed) do redis.call('SADD', REMOVED, user) end
  room.base = record.revision
  redis.call('HSET', ROOM, 'base', room.base)
end

-- The store has lost the room.
local function restore(record, epoch)
  make_room(record, epoch)
  take_removed(record)
  room.restoredAt = now
  redis.call('HSET', ROOM, 'restoredAt', integer(now))
end

-- The store has an older state of the room than the record.
local function correct(record)
  if not newer(record.revision, room.revision or '0') then return end
  if record.epoch ~= room.epoch and room.restoredAt and not may_still_bring() then return end
  for _, field in ipairs({ 'info', 'locked', 'capacity', 'hostId', 'revision' }) do
    room[field] = record[field]
    redis.call('HSET', ROOM, field, room[field])
  end
  take_removed(record)
  tell_room(record.removed)
  local is_removed = {}
  for _, user in ipairs(record.removed) do is_removed[user] = true end
  depart_all(function(user) return is_removed[user] end, 'removed')
end

-- Whether somebody was inside when the store lost the room: nothing else there can tell.
local function is_returning(revision, epoch)
  return revision ~= '' and epoch ~= room.epoch and may_still_bring() and not newer(room.base, revision)
end

-- Applies a batch of messages: what was applied before is skipped, a gap refuses the whole.
-- Arguments: peerId, attempt, how many messages the chat keeps, and four for each message: seq, type, and
--   signal: to, the event as JSON · chat: '', the text as JSON · state: the state as JSON, the event as JSON
--   hand: '1' or '0', '' · reaction: '', the event as JSON · lock: '1' or '0', '' · moderate: to, what
--   remove, hand-over: to, '' · end: '', '' · refused: the reason, ''
if not open() then return { 'not-a-member' } end
local from, chat_history = arg(1), arg(3)
if not fenced(from, arg(2)) then return finish({ 'not-a-member' }) end

-- What makes no key and lets nobody in or out.
local LIGHT = { signal = true, state = true, hand = true, reaction = true, refused = true }
local HOST_ONLY = { lock = true, moderate = true, remove = true, ['hand-over'] = true, ['end'] = true }

-- Until its own `end`.
local inside = true
local order, sender

local function read_sender()
  if not sender then order, sender = read_peer(from) end
  return sender
end

-- Each carries out one message and returns why not, if it is refused.
local apply = {}

function apply.signal(_, to, event)
  if to == from or not is_inside(to) then return 'unknown-recipient' end
  append(event)
end

-- The reader of the entry adds what its position says: the message's id and its time.
function apply.chat(seq, _, text)
  local sender = read_sender()
  local author = cjson.encode({ userId = sender.userId, name = sender.name, color = sender.color })
  local event = '{"type":"chat","from":"' .. from .. '","seq":' .. seq .. ',"author":' .. author
    .. ',"text":' .. text .. '}'
  redis.call('XADD', CHAT, 'MAXLEN', chat_history, append(event), 'event', event)
end

function apply.state(_, state, event)
  order, sender = read_peer(from)
  sender.state = cjson.decode(state)
  write_peer(from, order, sender)
  append(event)
end

local function set_hand(peer, raised)
  local place, described = read_peer(peer)
  if (described.hand ~= nil) == raised then return end
  local position = append(cjson.encode({ type = 'hand', peerId = peer, raised = raised }))
  described.hand = raised and position or nil
  write_peer(peer, place, described)
end

function apply.hand(_, raised) set_hand(from, raised == '1') end

function apply.reaction(_, _, event) append(event) end

function apply.lock(_, locked)
  room.locked = locked
  redis.call('HSET', ROOM, 'locked', locked)
  raise_revision()
  tell_room()
end

function apply.moderate(_, to, action)
  if not is_inside(to) then return 'unknown-recipient' end
  if action == 'lower-hand' then return set_hand(to, false) end
  local device = action == 'mute' and 'mic' or 'camera'
  local place, described = read_peer(to)
  if not described.state[device] then return end
  described.state[device] = false
  write_peer(to, place, described)
  append(cjson.encode({ type = 'state', peerId = to, state = described.state, by = from }))
end

function apply.remove(_, to)
  local user = redis.call('HGET', USERS, to)
  if not user then return 'unknown-recipient' end
  if user == room.hostId then return 'not-allowed' end
  redis.call('SADD', REMOVED, user)
  raise_revision()
  depart_all(function(other) return other == user end, 'removed')
end

apply['hand-over'] = function(_, to)
  if not is_inside(to) then return 'unknown-recipient' end
  local user = redis.call('HGET', USERS, to)
  if user == room.hostId then return 'not-allowed' end
  local info = cjson.decode(room.info)
  info.hostId, room.hostId = user, user
  room.info = cjson.encode(info)
  redis.call('HSET', ROOM, 'info', room.info, 'hostId', user)
  raise_revision()
  tell_room()
end

-- What was said goes first, so that the log still tells of the end to those who followed it up to here.
apply['end'] = function()
  redis.call('DEL', LOG, CHAT)
  inside = false
  depart_all(function() return true end, 'ended')
end

function apply.refused(_, reason) return reason end

local FIRST, EACH = 4, 4
local stored = redis.call('HGET', SEQ, from)
local applied = tonumber(stored) or tonumber(arg(FIRST) or 1) - 1
local fresh = {}
for i = FIRST, #ARGV - OWN_ARGUMENTS, EACH do
  local seq = tonumber(arg(i))
  if seq > applied then
    if seq ~= applied + 1 then return finish({ 'sequence-gap' }) end
    applied = seq
    fresh[#fresh + 1] = i
  end
end

local reply = { 'ok', integer(applied) }
local light = stored and #logged == 0
if #fresh > 0 then redis.call('HSET', SEQ, from, integer(applied)) end
for _, i in ipairs(fresh) do
  local kind, refusal = arg(i + 1), nil
  light = light and LIGHT[kind]
  if not inside or (HOST_ONLY[kind] and read_sender().userId ~= room.hostId) then
    refusal = 'not-allowed'
  else
    refusal = apply[kind](arg(i), arg(i + 2), arg(i + 3))
  end
  if refusal then
    reply[#reply + 1] = arg(i)
    reply[#reply + 1] = refusal
  end
end
return light and finish_lightly(reply) or finish(reply)

-- Applies a batch of messages: what was applied before is skipped, a gap refuses the whole.
-- Arguments: peerId, attempt, how many messages the chat keeps, and four for each message: seq, type, and
--   signal: to, the event as JSON · chat: '', the text as JSON · state: the state as JSON, the event as JSON
--   lock: '1' or '0', '' · refused: the reason, ''
if not open() then return { 'not-a-member' } end
local from, chat_history = arg(1), arg(3)
if not fenced(from, arg(2)) then return finish({ 'not-a-member' }) end

local order, described = string.match(redis.call('HGET', PEERS, from), '^(%d+) (.*)$')
local sender = cjson.decode(described)

-- Each carries out one message and returns why not, if it is refused.
local apply = {}

function apply.signal(_, to, event)
  if to == from or not is_inside(to) then return 'unknown-recipient' end
  append(event)
end

-- The reader of the entry adds what its position says: the message's id and its time.
function apply.chat(seq, _, text)
  local author = cjson.encode({ userId = sender.userId, name = sender.name, color = sender.color })
  local event = '{"type":"chat","from":"' .. from .. '","seq":' .. seq .. ',"author":' .. author
    .. ',"text":' .. text .. '}'
  redis.call('XADD', CHAT, 'MAXLEN', chat_history, append(event), 'event', event)
end

function apply.state(_, state, event)
  sender.state = cjson.decode(state)
  redis.call('HSET', PEERS, from, order .. ' ' .. cjson.encode(sender))
  append(event)
end

function apply.lock(_, locked)
  if sender.userId ~= room.hostId then return 'not-allowed' end
  room.locked = locked
  redis.call('HSET', ROOM, 'locked', locked)
  append('{"type":"room","info":' .. room.info .. ',"locked":' .. (locked == '1' and 'true' or 'false') .. '}')
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
if #fresh > 0 then redis.call('HSET', SEQ, from, integer(applied)) end
for _, i in ipairs(fresh) do
  local refusal = apply[arg(i + 1)](arg(i), arg(i + 2), arg(i + 3))
  if refusal then
    reply[#reply + 1] = arg(i)
    reply[#reply + 1] = refusal
  end
end
return finish(reply)

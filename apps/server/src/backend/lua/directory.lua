-- Stands before every script about the list of open rooms. Each change has a number and names the one before
-- it, so that a watcher sees when it has missed one.

local ROWS, VERSIONS, DEADLINES, HEAD = unpack(KEYS)
-- Longer than any row's deadline: nothing stays for ever in a store that nobody uses any more.
local KEEP = 24 * 3600000

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function integer(number) return string.format('%.0f', number) end

local function head() return redis.call('GET', HEAD) or '0' end

-- Takes JSON texts of arrays.
local function tell(upserts, gone)
  local previous = head()
  local number = integer(math.max(now, tonumber(previous) + 1))
  redis.call('SET', HEAD, number)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, KEEP) end
  redis.call('PUBLISH', ROWS .. ':changes', '{"prev":"' .. previous .. '","head":"' .. number
    .. '","upserts":' .. upserts .. ',"gone":' .. gone .. '}')
end

-- Takes out the rows that are past their deadline.
local function sweep()
  local gone = redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', now)
  if #gone == 0 then return end
  for _, id in ipairs(gone) do
    redis.call('HDEL', ROWS, id)
    redis.call('HDEL', VERSIONS, id)
    redis.call('ZREM', DEADLINES, id)
  end
  table.sort(gone)
  tell('[]', cjson.encode(gone))
end

-- Keeps a short list of secrets that all replicas have: adds those that are missing, and answers the list.
-- Arguments: '1' if they are to be added only where there are none yet, how many are kept, for how long
-- (milliseconds), and the secrets.
local SECRETS = KEYS[1]
local is_known, any = {}, false
for _, secret in ipairs(redis.call('LRANGE', SECRETS, 0, -1)) do is_known[secret], any = true, true end
for i = 4, #ARGV do
  if not is_known[ARGV[i]] and not (ARGV[1] == '1' and any) then redis.call('RPUSH', SECRETS, ARGV[i]) end
end
redis.call('LTRIM', SECRETS, -tonumber(ARGV[2]), -1)
redis.call('PEXPIRE', SECRETS, ARGV[3])
return redis.call('LRANGE', SECRETS, 0, -1)

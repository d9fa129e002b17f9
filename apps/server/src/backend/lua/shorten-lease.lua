-- The client closed its socket: what is left of its lease is short, and ends in `left`.
-- Arguments: peerId, attempt.
if not open() then return { 'ok' } end
if fenced(arg(1), arg(2)) then
  redis.call('HSET', SESSIONS, arg(1), arg(2) .. ' goodbye')
  redis.call('ZADD', LEASES, 'LT', now + CLOSING_LEASE, arg(1))
end
return finish({ 'ok' })

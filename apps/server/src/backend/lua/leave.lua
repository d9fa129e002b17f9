-- Ends a presence for good, also one that has expired: the others still wait for it.
-- Arguments: peerId, attempt.
if not open() then return { 'ok' } end
local session = session_of(arg(1))
if session and session.attempt == tonumber(arg(2)) then depart(arg(1), 'left') end
return finish({ 'ok' })

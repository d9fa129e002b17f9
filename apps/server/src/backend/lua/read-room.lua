-- Answers the room as it stands.
if not open() then return { 'not-found' } end
return finish({ 'ok', snapshot() })

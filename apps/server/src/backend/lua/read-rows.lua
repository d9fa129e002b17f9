-- Answers the number of the last change, and all rows.
sweep()
return { 'ok', head(), redis.call('HVALS', ROWS) }

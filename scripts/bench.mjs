/** `npm run bench -- first-frame | load-page | load [--json]`: gets what the measurement needs, then runs it. */
import { ensureBuilt, ensurePrograms, ensureRivals } from './prepare.mjs'
import { ensureInstalled, main, run } from './workspace.mjs'

await main(async () => {
  await ensureInstalled()
  await ensurePrograms()
  await ensureRivals()
  await ensureBuilt()
  const { code } = await run('node', ['bench/bench.ts', ...process.argv.slice(2)])
  return code
})

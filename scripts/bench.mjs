/** `npm run bench [-- NAME]`: gets what measurements need, then runs one of them, or all. */
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

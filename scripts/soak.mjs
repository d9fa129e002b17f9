/** `npm run soak [-- --minutes N]`: gets what it needs, then runs it. Ends with `N passed, N failed`. */
import { ensureBuilt, ensurePrograms } from './prepare.mjs'
import { ensureInstalled, main, run } from './workspace.mjs'

await main(async () => {
  await ensureInstalled()
  await ensurePrograms()
  await ensureBuilt()
  const { code } = await run('node', ['bench/soak/soak.ts', ...process.argv.slice(2)])
  return code
})

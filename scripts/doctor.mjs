/** `npm run doctor [-- --ca FILE] [-- --via HOST]`: says why it doesn't connect, as this server sees it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, main, root, run } from './workspace.mjs'

// What the environment says already wins over the file, as with `npm start`.
const settings = join(root, '.env')
if (existsSync(settings)) process.loadEnvFile(settings)

await main(async () => {
  await ensureInstalled()
  const { code } = await run('node', ['apps/server/src/doctor/main.ts', ...process.argv.slice(2)])
  return code
})

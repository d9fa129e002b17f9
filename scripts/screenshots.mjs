/** `npm run screenshots`: a picture of every page, both sizes, themes and languages, in test-results/screenshots/. */
import { ensureBuilt, ensurePrograms } from './prepare.mjs'
import { ensureInstalled, main, run } from './workspace.mjs'

await main(async () => {
  await ensureInstalled()
  await ensurePrograms()
  await ensureBuilt()
  const { code } = await run('playwright', [
    'test',
    '-c',
    'e2e/screenshots.config.ts',
    ...process.argv.slice(2),
  ])
  console.log('The pictures are in test-results/screenshots/.')
  return code
})

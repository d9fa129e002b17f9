/** `npm test`: gets what the tests need, runs them all, and ends with one line: `N passed, N failed`. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, ensurePrograms } from './prepare.mjs'
import { count, line } from './test-counts.mjs'
import { ensureInstalled, main, root, run } from './workspace.mjs'

const results = join(root, 'test-results')

/** Runs one runner and reads its report; one that is missing or torn counts as a failure. */
async function suite(/** @type {'vitest' | 'playwright'} */ name, /** @type {string[]} */ command) {
  const report = join(results, `${name}.json`)
  const [program = '', ...args] = command
  console.log(`\n— ${name} —`)
  const { code } = await run(program, args)
  /** @type {unknown} */
  let json
  try {
    json = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined
  } catch {
    json = undefined
  }
  return count(name, json, code)
}

await main(async () => {
  await ensureInstalled()
  await ensurePrograms()
  await ensureBuilt()
  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  const counts = [
    await suite('vitest', [
      'vitest',
      'run',
      '--reporter=default',
      '--reporter=json',
      '--outputFile.json=test-results/vitest.json',
    ]),
    await suite('playwright', ['playwright', 'test', '-c', 'e2e']),
  ]
  for (const { name, notes } of counts) for (const note of notes) console.log(`${name}: ${note}`)
  const passed = counts.reduce((sum, one) => sum + one.passed, 0)
  const failed = counts.reduce((sum, one) => sum + one.failed, 0)
  console.log(`\n${line(passed, failed)}`)
  return failed === 0 ? 0 : 1
})

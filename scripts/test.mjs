/**
 * `npm test`: gets what the tests need, runs them all, and ends with one line: `N passed, N failed`.
 * `npm run test:all` (`--all`) adds what needs Docker or takes long; `npm run test:more` (`--more`) runs what needs Docker
 * alone, or those of its suites that are named.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, ensurePrograms, ensureRivals } from './prepare.mjs'
import { count, line } from './test-counts.mjs'
import { ensureInstalled, Explained, main, root, run } from './workspace.mjs'

const results = join(root, 'test-results')

/**
 * One line each; what has `more` needs Docker and root, what has `rest` takes so long that only `--all` goes through it.
 * @type {{name: string, runner: 'vitest' | 'playwright', args: string[], more?: true, rest?: true}[]}
 */
const SUITES = [
  { name: 'vitest', runner: 'vitest', args: [] },
  // Apart from the others, which they would disturb.
  { name: 'benches', runner: 'vitest', args: ['-c', 'bench/vitest.config.ts'] },
  { name: 'browsers', runner: 'playwright', args: ['-c', 'e2e', '--grep-invert=@rest'] },
  { name: 'faults', runner: 'playwright', args: ['-c', 'e2e/faults', '--grep=@always'] },
  { name: 'browsers-rest', runner: 'playwright', args: ['-c', 'e2e', '--grep=@rest'], rest: true },
  {
    name: 'faults-rest',
    runner: 'playwright',
    args: ['-c', 'e2e/faults', '--grep-invert=@always'],
    rest: true,
  },
  { name: 'compose', runner: 'playwright', args: ['-c', 'e2e/compose'], more: true },
  { name: 'nat', runner: 'playwright', args: ['-c', 'e2e/nat'], more: true },
  { name: 'coturn', runner: 'vitest', args: ['-c', 'e2e/coturn/vitest.config.ts'], more: true },
  { name: 'coturn-calls', runner: 'playwright', args: ['-c', 'e2e/coturn'], more: true },
]

const commands = {
  vitest: (/** @type {string} */ report) => [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ],
  playwright: () => ['playwright', 'test'],
}

/** Runs one suite and reads its report; one that is missing or torn counts as a failure. */
async function runSuite(/** @type {(typeof SUITES)[number]} */ { name, runner, args }) {
  const report = join(results, `${name}.json`)
  const [program = '', ...rest] = [...commands[runner](report), ...args]
  console.log(`\n— ${name} —`)
  const { code } = await run(program, rest, { env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report } })
  /** @type {unknown} */
  let json
  try {
    json = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined
  } catch {
    json = undefined
  }
  return { name, ...count(runner, json, code) }
}

await main(async () => {
  const [wanted, ...names] = process.argv.slice(2)
  const suites = SUITES.filter(({ more, rest }) =>
    wanted === '--all' ? true : !rest && Boolean(more) === (wanted === '--more'),
  ).filter(({ name }) => names.length === 0 || names.includes(name))
  if (suites.length === 0) throw new Explained(`There is no such suite: ${names.join(', ')}`)
  await ensureInstalled()
  await ensurePrograms({ more: suites.some(({ more }) => more) })
  // The small runs of the measurements.
  if (suites.some(({ name }) => name === 'benches')) await ensureRivals()
  await ensureBuilt()
  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  const counts = []
  for (const suite of suites) counts.push(await runSuite(suite))
  for (const { name, notes } of counts) for (const note of notes) console.log(`${name}: ${note}`)
  const passed = counts.reduce((sum, one) => sum + one.passed, 0)
  const failed = counts.reduce((sum, one) => sum + one.failed, 0)
  console.log(`\n${line(passed, failed)}`)
  return failed === 0 ? 0 : 1
})

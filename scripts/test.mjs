/** `npm test`: gets what the tests need, runs them all, and ends with one line: `N passed, N failed`. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { count, line } from './test-counts.mjs'
import { ensureInstalled, Explained, main, root, run } from './workspace.mjs'

const results = join(root, 'test-results')
const everything = process.argv.includes('--all')

const has = (/** @type {string} */ program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

/** Programs that no npm package brings, with Debian's names for them. */
const needs = [
  {
    debian: 'chromium',
    there: () =>
      process.env['CHROMIUM'] !== undefined || ['chromium', 'chromium-browser', 'google-chrome'].some(has),
  },
  { debian: 'redis-server', there: () => has('redis-server') },
  {
    debian: 'fonts-noto-cjk',
    // Without a Korean font the pictures show boxes, and line lengths are nobody's.
    there: () =>
      has('fc-list') && spawnSync('fc-list', [':lang=ko'], { encoding: 'utf8' }).stdout.trim() !== '',
  },
]

async function ensurePrograms() {
  const missing = () => needs.filter((need) => !need.there()).map((need) => need.debian)
  if (missing().length === 0) return
  if (has('apt-get') && process.getuid?.() === 0) {
    const wanted = missing().concat(has('fc-list') ? [] : ['fontconfig'])
    console.log(`Installing Debian packages: ${wanted.join(', ')} …`)
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-qq'], { env })
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...wanted], { env })
  }
  if (missing().length === 0) return
  throw new Explained(
    `The tests need what is missing here: ${missing().join(', ')}.\n` +
      `On Debian or Ubuntu: sudo apt-get install -y ${missing().join(' ')}\n` +
      'Elsewhere: install Chromium (or set CHROMIUM to its path), Redis 7 or newer, and a Korean font.',
  )
}

/** Runs one runner and reads its report; one that is missing or torn counts as a failure. */
async function suite(
  /** @type {{name: 'vitest' | 'playwright', command: string[], env?: Record<string, string>}} */ options,
) {
  const report = join(results, `${options.name}.json`)
  const [program = '', ...args] = options.command
  console.log(`\n— ${options.name} —`)
  const { code } = await run(program, args, { env: options.env ?? {} })
  const json = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined
  return count(options.name, json, code)
}

await main(async () => {
  await ensureInstalled()
  await ensurePrograms()
  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  const built = await run('turbo', ['run', 'build', '--output-logs=errors-only'])
  if (built.code !== 0)
    throw new Explained(
      'Building the pages failed, so nothing was tested; the reason is above.\n0 passed, 1 failed',
    )

  const env = everything ? { MARU_TEST_ALL: '1' } : {}
  const counts = [
    await suite({
      name: 'vitest',
      command: [
        'vitest',
        'run',
        '--reporter=default',
        '--reporter=json',
        '--outputFile.json=test-results/vitest.json',
      ],
      env,
    }),
    await suite({ name: 'playwright', command: ['playwright', 'test', '-c', 'e2e'], env }),
  ]
  for (const { name, notes } of counts) for (const note of notes) console.log(`${name}: ${note}`)
  const passed = counts.reduce((sum, { passed }) => sum + passed, 0)
  const failed = counts.reduce((sum, { failed }) => sum + failed, 0)
  console.log(`\n${line(passed, failed)}`)
  return failed === 0 ? 0 : 1
})

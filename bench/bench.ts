/** What the README's figures come from; see `USAGE`. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { BENCHES } from './benches.ts'
import { LOAD_DEFAULTS, OptionError, readLoadOptions } from './load/options.ts'
import { type Report, table } from './report.ts'
import { results, type Run } from './results.ts'

const USAGE = `npm run bench [-- --rounds N] [--quick] [--json] [--out FILE]
npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--rounds N] [--quick] [--json]
npm run bench -- load [--rooms N] [--members N] [--replicas N,N] [--seconds N] [--json]`

function readArguments() {
  const text = (value: string) => ({ type: 'string', default: value }) as const
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      out: text(fileURLToPath(new URL('RESULTS.md', import.meta.url))),
      rooms: text(LOAD_DEFAULTS.rooms),
      members: text(LOAD_DEFAULTS.members),
      replicas: text(LOAD_DEFAULTS.replicas),
      seconds: text(LOAD_DEFAULTS.seconds),
    },
  })
  const { json, quick, out } = values
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  if (rounds !== undefined && (!Number.isInteger(rounds) || rounds < 1))
    throw new OptionError(`--rounds must be a whole number from 1, and "${values.rounds}" is not`)
  const [name, ...others] = positionals
  if (others.length > 0 || (name !== undefined && name !== 'load' && !Object.hasOwn(BENCHES, name)))
    throw new OptionError(`There is no such measurement. There are:\n${USAGE}`)
  return { name, json, quick, out, rounds, loadOptions: readLoadOptions(values) }
}

type Arguments = ReturnType<typeof readArguments>

async function runOne(name: string, { rounds, quick, loadOptions }: Arguments): Promise<Report> {
  if (name === 'load') return (await import('./load/load.ts')).load(loadOptions)
  const bench = BENCHES[name]!
  return bench.run({ rounds: rounds ?? (quick ? 1 : bench.rounds), deadline: Infinity, quick })
}

/** Whatever fails, the others run. */
async function runAll({ rounds, quick, json, out }: Arguments): Promise<void> {
  const began = performance.now()
  const measured: Run['measured'] = []
  const failures = new Map<string, string>()
  let deadline = began
  for (const [name, bench] of Object.entries(BENCHES)) {
    // What one doesn't need of its time is the next one's.
    deadline += bench.budget * 1_000
    const start = performance.now()
    let ran = 0
    const onRound = (round: number): void => {
      ran = round + 1
      if (!json) console.log(`${name}, round ${ran}`)
    }
    try {
      const wanted = rounds ?? (quick ? 1 : bench.rounds)
      const report = await bench.run({ rounds: wanted, deadline, quick, onRound })
      measured.push({ report, rounds: ran, seconds: (performance.now() - start) / 1_000 })
      if (!json) console.log(`— ${name} —\n${table(report)}\n`)
    } catch (error) {
      failures.set(name, error instanceof Error ? error.message : String(error))
      console.error(`— ${name} — failed:`, error)
    }
  }
  if (json) console.log(JSON.stringify(measured.map(({ report }) => report)))
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])]
  const minutes = (performance.now() - began) / 60_000
  writeFileSync(out, results({ command: command.join(' '), measured, failures, minutes }))
  if (failures.size > 0) process.exitCode = 1
}

// What was started ends with this process, if it ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

try {
  const given = readArguments()
  if (given.name === undefined) await runAll(given)
  else {
    const report = await runOne(given.name, given)
    console.log(given.json ? JSON.stringify(report) : table(report))
  }
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (!(error instanceof OptionError) && !code.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(error instanceof OptionError ? error.message : `${(error as Error).message}\n${USAGE}`)
  process.exitCode = 2
}
// A socket to a server that was killed stays for half a minute until it counts as closed: nobody waits for it.
process.stdout.write('', () => process.exit())

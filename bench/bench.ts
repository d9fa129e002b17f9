/** What the README's figures come from; see `USAGE`. */
import { parseArgs } from 'node:util'
import { LOAD_DEFAULTS, OptionError, readLoadOptions } from './load/options.ts'
import { type Report, table } from './report.ts'

const USAGE = `npm run bench -- first-frame [--rounds N] [--json]
npm run bench -- load-page [--json]
npm run bench -- load [--rooms N] [--members N] [--replicas N,N] [--seconds N] [--json]`

function readArguments() {
  const text = (value: string) => ({ type: 'string', default: value }) as const
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: text('10'),
      rooms: text(LOAD_DEFAULTS.rooms),
      members: text(LOAD_DEFAULTS.members),
      replicas: text(LOAD_DEFAULTS.replicas),
      seconds: text(LOAD_DEFAULTS.seconds),
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new OptionError(`--rounds must be a whole number from 1, and "${values.rounds}" is not`)
  const loadOptions = readLoadOptions(values)
  // Each brings what it needs: browsers, or a Redis.
  const benches: Record<string, () => Promise<Report>> = {
    'first-frame': async () => (await import('./first-frame.ts')).firstFrame(rounds),
    'load-page': async () => (await import('./load-page.ts')).loadPage(),
    load: async () => (await import('./load/load.ts')).load(loadOptions),
  }
  const bench = benches[positionals[0] ?? '']
  if (!bench || positionals.length > 1)
    throw new OptionError(`There is no such measurement. There are:\n${USAGE}`)
  return { bench, json: values.json }
}

try {
  const { bench, json } = readArguments()
  const report = await bench()
  console.log(json ? JSON.stringify(report) : table(report))
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (!(error instanceof OptionError) && !code.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(error instanceof OptionError ? error.message : `${(error as Error).message}\n${USAGE}`)
  process.exitCode = 2
}

/** What the README's figures come from: `npm run bench -- first-frame | load-page [--rounds N] [--json]`. */
import { parseArgs } from 'node:util'
import { firstFrame } from './first-frame.ts'
import { loadPage } from './load-page.ts'
import { type Report, table } from './report.ts'

const USAGE = 'npm run bench -- first-frame | load-page [--rounds N] [--json]'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '10' } },
})
const rounds = Number(values.rounds)
const benches: Record<string, () => Promise<Report>> = {
  'first-frame': () => firstFrame(rounds),
  'load-page': () => loadPage(),
}
const bench = benches[positionals[0] ?? '']
if (!bench || positionals.length > 1 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(USAGE)
  process.exitCode = 2
} else {
  const report = await bench()
  console.log(values.json ? JSON.stringify(report) : table(report))
}

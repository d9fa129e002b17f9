/** `npm run check`: format, lint (with the dependency rule and cycles), types and unused code; shows every step. */
import { ensureInstalled, main, run } from './workspace.mjs'

/** @type {{name: string, command: [string, ...string[]], mend?: string}[]} */
const steps = [
  { name: 'format', command: ['prettier', '--check', '.'], mend: 'npm run format' },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  {
    name: 'types',
    command: ['turbo', 'run', 'types', '--output-logs=errors-only', '--continue', '--concurrency=2'],
  },
  { name: 'unused', command: ['knip'] },
]

await main(async () => {
  await ensureInstalled()
  let failed = 0
  for (const { name, command, mend } of steps) {
    const started = Date.now()
    const [program, ...args] = command
    const { code, output } = await run(program, args, { quiet: true })
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(8)} ${seconds} s`)
    if (code === 0) continue
    failed++
    console.log(`\n$ ${command.join(' ')}\n${output.trim()}\n${mend ? `\nTo mend: ${mend}\n` : ''}`)
  }
  console.log(failed === 0 ? 'check: all is well' : `check: ${failed} of ${steps.length} steps failed`)
  return failed === 0 ? 0 : 1
})

/**
 * `npm run audit`: asks the registry for known holes in what is installed, of the level high and above. Ends with 0 where
 * there are none, 1 where there are, and 2 where nobody answered: then nothing has been checked, and it says so.
 */
import { ensureInstalled, main, run } from './workspace.mjs'

const LEVELS = ['high', 'critical']
const NOT_DONE = 2

/**
 * What `npm audit --json` says, in words: of an answer the packages with holes, of anything else why there was none.
 * @param {string} output
 * @returns {{ holes: string[] } | { problem: string }}
 */
export function readAudit(output) {
  /** @type {any} */
  let report
  try {
    report = JSON.parse(output)
  } catch {
    return { problem: 'npm said nothing that can be read' }
  }
  if (typeof report?.metadata?.vulnerabilities !== 'object')
    return {
      problem: String(report?.error?.summary || report?.message || 'there is no report in the answer'),
    }
  const found = /** @type {{ name: string, severity: string, range: string, fixAvailable: unknown }[]} */ (
    Object.values(report.vulnerabilities ?? {})
  )
  return {
    holes: found
      .filter(({ severity }) => LEVELS.includes(severity))
      .map(({ name, severity, range, fixAvailable }) => {
        const mend = fixAvailable ? 'npm audit fix mends it' : 'there is no mended version yet'
        return `${severity}: ${name} ${range} (${mend})`
      }),
  }
}

async function audit() {
  await ensureInstalled()
  // Standard error may hold warnings of npm's, and what is wanted is one piece of JSON.
  const { output } = await run('npm', ['audit', '--json', '--loglevel=silent'], { quiet: true })
  const result = readAudit(output)
  if ('problem' in result) {
    // An address in what npm says would be this machine's registry, which is nobody's business.
    const problem = result.problem.replaceAll(/https?:\/\/\S+/g, '(the registry)')
    console.log(`audit: NOT DONE, nothing was checked: the registry doesn't answer audits (${problem})`)
    return NOT_DONE
  }
  for (const hole of result.holes) console.log(hole)
  const { length } = result.holes
  console.log(length === 0 ? 'audit: no known holes of level high or above' : `audit: ${length} known holes`)
  return length === 0 ? 0 : 1
}

if (import.meta.main ?? process.argv[1]?.endsWith('audit.mjs')) await main(audit)

/** Lighthouse's own word for a page: its command line, with the defaults of its mobile profile. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CHROMIUM_ARGS, chromiumPath } from '../../e2e/support/chromium.ts'

export interface Verdict {
  /** Of performance, from 0 to 100. */
  score: number
  /** Milliseconds, as Lighthouse simulates a slow 4G and a processor four times as slow. */
  interactive: number
  largestContentfulPaint: number
}

interface LighthouseResult {
  categories: { performance: { score: number | null } }
  audits: Record<string, { numericValue?: number }>
  runtimeError?: { message: string }
}

const cli = fileURLToPath(new URL('../rivals/node_modules/lighthouse/cli/index.js', import.meta.url))

export async function askLighthouse(url: string): Promise<Verdict> {
  const flags = ['--headless=new', ...CHROMIUM_ARGS].join(' ')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cli, url, '--quiet', '--output=json', '--only-categories=performance', `--chrome-flags=${flags}`],
    { env: { ...process.env, CHROME_PATH: chromiumPath() }, maxBuffer: 64 * 1024 * 1024 },
  )
  const { categories, audits, runtimeError } = JSON.parse(stdout) as LighthouseResult
  const { score } = categories.performance
  if (score === null) throw new Error(`Lighthouse has no score for ${url}: ${runtimeError?.message ?? '?'}`)
  const timeOf = (audit: string): number => audits[audit]?.numericValue ?? Number.NaN
  return {
    score: score * 100,
    interactive: timeOf('interactive'),
    largestContentfulPaint: timeOf('largest-contentful-paint'),
  }
}

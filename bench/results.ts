/** `bench/RESULTS.md`: what all measurements said in one run, the goals first. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { goalTable, machine, markdownTable, type Report } from './report.ts'

interface Measured {
  report: Report
  rounds: number
  seconds: number
}

export interface Run {
  command: string
  measured: Measured[]
  /** By name, why there is no report. */
  failures: Map<string, string>
  minutes: number
}

/** Of programs that measurements start; what isn't there isn't named. */
const PROGRAMS = [
  ['redis-server', '--version'],
  ['chromium', '--version'],
] as const

function versions(): string[] {
  const programs = PROGRAMS.flatMap(([program, flag]) => {
    try {
      const said = execFileSync(program, [flag], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      return [`${program} ${/\d+(\.\d+)+/.exec(said)?.[0] ?? '?'}`]
    } catch {
      return []
    }
  })
  const { dependencies } = JSON.parse(
    readFileSync(new URL('rivals/package.json', import.meta.url), 'utf8'),
  ) as { dependencies: Record<string, string> }
  return [...programs, ...Object.entries(dependencies).map(([name, version]) => `${name} ${version}`)]
}

function section({ report, rounds, seconds }: Measured): string {
  const { bench, what, rows, notes = [] } = report
  const lines = notes.map((note) => `- ${note}`).join('\n')
  const took = `${rounds === 1 ? 'One round' : `${rounds} rounds`}, ${Math.round(seconds)} s.`
  return [`## ${bench}`, `${what} ${took}`, markdownTable(rows), lines].filter(Boolean).join('\n\n')
}

export function results({ command, measured, failures, minutes }: Run): string {
  const reports = measured.map(({ report }) => report)
  const goals = reports.flatMap((report) => report.goals ?? [])
  const parts = [
    '# Results',
    `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)} in ${minutes.toFixed(1)} minutes. ` +
      'Figures are min / median / max over the rounds. Absolute ones are context: they are this machine’s; ratios are of one run.',
    [`- ${machine()}`, `- ${versions().join(', ')}`].join('\n'),
    '## Goals',
    `${goals.filter(({ met }) => met).length} of ${goals.length} met, by the median.`,
    goalTable(reports),
    ...measured.map(section),
    ...[...failures].map(([name, why]) => `## ${name}\n\nFailed: ${why}`),
  ]
  return `${parts.join('\n\n')}\n`
}

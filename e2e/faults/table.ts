/** Collects each cell's row and prints them as one table when the run is over. */
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter'

export interface Row {
  fault: string
  state: string
  sent?: number
  acknowledged?: number
  lost?: number
  duplicated?: number
  reordered?: number
  resets?: number
  /** Milliseconds: p50, p99, max. */
  resume?: (number | undefined)[]
  swept?: number
  ghosts?: number
  /** Milliseconds for which the machine gave the process that plays the people no time. */
  stoodStill?: number
  /** Milliseconds without a new decoded frame, in the worse direction: with the fault, and as long without one. */
  gap?: { fault: number; control: number }
}

/** The type of the annotation that carries a row from a test to here. */
export const ROW = 'fault-matrix-row'

const HEAD = [
  'fault',
  'state',
  'sent',
  'acked',
  'lost',
  'twice',
  'disorder',
  'resets',
  'back p50/p99/max ms',
  'swept',
  'ghosts',
  'machine stood still ms',
  'media gap (without) ms',
]

const text = (value: number | undefined): string => (value === undefined ? '–' : String(Math.round(value)))

function cells(row: Row): string[] {
  const { resume, gap } = row
  return [
    row.fault,
    row.state,
    ...[row.sent, row.acknowledged, row.lost, row.duplicated, row.reordered, row.resets].map(text),
    resume?.some((value) => value !== undefined) ? resume.map(text).join(' / ') : '–',
    text(row.swept),
    text(row.ghosts),
    text(row.stoodStill),
    gap ? `${text(gap.fault)} (${text(gap.control)})` : '–',
  ]
}

export function format(rows: Row[]): string {
  const lines = [HEAD, ...rows.map(cells)]
  const widths = HEAD.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)))
  const draw = (line: string[]): string =>
    `| ${line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (i < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [draw(HEAD), rule, ...lines.slice(1).map(draw)].join('\n')
}

export default class TableReporter implements Reporter {
  readonly #rows: Row[] = []

  onTestEnd(_: TestCase, { annotations }: TestResult): void {
    for (const { type, description } of annotations)
      if (type === ROW && description !== undefined) this.#rows.push(JSON.parse(description) as Row)
  }

  onEnd(): void {
    if (this.#rows.length > 0) process.stdout.write(`\n${format(this.#rows)}\n`)
  }
}

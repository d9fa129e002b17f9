/** How a measurement is told: one table for people, one object for programs. */
import { cpus, release, type } from 'node:os'

export interface Report {
  bench: string
  /** What was measured, and from where to where. */
  what: string
  machine: string
  rows: Record<string, string | number>[]
  /** What was promised of it; absent where nothing was. */
  goals?: Goal[]
  /** One line each: what every contender did, and why a ratio is missing. */
  notes?: string[]
}

export interface Goal {
  what: string
  /** As people read it: `≤ 0.7 ×`. */
  limit: string
  /** Over the rounds, or why there is none. */
  value: string
  /** By the median. A ratio that doesn't count is not met. */
  met: boolean
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${type()} ${release()}, Node ${process.version}`

export interface Spread {
  min: number
  median: number
  max: number
}

/** @param values at least one */
export function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2
  return { min: at(0), median, max: at(sorted.length - 1) }
}

/** Three digits that count. */
const short = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))

/** `min / median / max`, or a dash where nothing was measured. */
export function threeOf(values: number[]): string {
  const measured = values.filter((value) => Number.isFinite(value))
  if (measured.length === 0) return '–'
  const { min, median, max } = spreadOf(measured)
  return [min, median, max].map(short).join(' / ')
}

/**
 * A goal that the median has to keep.
 * @param values one a round; none where it couldn't be measured, and then `otherwise` says why
 */
export function atMost(
  goal: { what: string; limit: number; unit: string },
  values: number[],
  otherwise = 'not measured',
): Goal {
  const { what, limit, unit } = goal
  return {
    what,
    limit: `≤ ${limit} ${unit}`,
    value: values.length === 0 ? otherwise : `${threeOf(values)} ${unit}`,
    met: values.length > 0 && spreadOf(values).median <= limit,
  }
}

const verdictOf = (goals: Goal[]) =>
  goals.map(({ met, ...goal }) => ({
    goal: goal.what,
    limit: goal.limit,
    measured: goal.value,
    met: met ? '✓' : '✗',
  }))

function columnsOf(rows: Report['rows']): string[][] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))]
}

function textTable(rows: Report['rows']): string {
  const cells = columnsOf(rows)
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)))
  const lines = cells.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  )
  return lines.join('\n')
}

/** For a terminal. */
export function table({ what, machine, rows, goals = [], notes = [] }: Report): string {
  const parts = [`${what}\n${machine}`, textTable(rows)]
  if (goals.length > 0) parts.push(textTable(verdictOf(goals)))
  if (notes.length > 0) parts.push(notes.join('\n'))
  return parts.join('\n\n')
}

export function markdownTable(rows: Report['rows']): string {
  const [head = [], ...body] = columnsOf(rows)
  const line = (cells: string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...body.map(line)].join('\n')
}

export const goalTable = (reports: Report[]): string =>
  markdownTable(
    reports.flatMap(({ bench, goals = [] }) => verdictOf(goals).map((verdict) => ({ ...verdict, bench }))),
  )

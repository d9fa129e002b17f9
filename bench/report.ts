/** How a measurement is told: one table for people, one object for programs. */
import { cpus, release, type } from 'node:os'

export interface Report {
  bench: string
  /** What was measured, and from where to where. */
  what: string
  machine: string
  rows: Record<string, string | number>[]
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${type()} ${release()}, Node ${process.version}`

export interface Spread {
  min: number
  median: number
  max: number
}

/** @param times in milliseconds; at least one */
export function spread(times: number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (index: number): number => Math.round(sorted[index] ?? Number.NaN)
  return { min: at(0), median: at(Math.floor((sorted.length - 1) / 2)), max: at(sorted.length - 1) }
}

export function table({ what, machine, rows }: Report): string {
  const columns = Object.keys(rows[0] ?? {})
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))]
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)))
  const lines = cells.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  )
  return [what, machine, '', ...lines].join('\n')
}

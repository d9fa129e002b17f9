/** What a crowd counts, and how crowds' counts are put together. */

/** Latencies in milliseconds. */
export interface Tally {
  /** Messages: descriptions, batches of candidates, chat. */
  said: number
  /** Events that came of them. */
  heard: number
  joins: number
  /** From a join's frame to the snapshot. */
  joinMs: number[]
  /** From saying a description or a chat message to hearing it, the wait for a connection in it. */
  deliveryMs: number[]
  resumed: number
  resets: number
  /** `left{expired}` that somebody heard. */
  expired: number
  /** By HTTP status or reason: refused for now. */
  refused: Record<string, number>
  /** By reason: refused for good. */
  ended: Record<string, number>
}

export const emptyTally = (): Tally => ({
  said: 0,
  heard: 0,
  joins: 0,
  joinMs: [],
  deliveryMs: [],
  resumed: 0,
  resets: 0,
  expired: 0,
  refused: {},
  ended: {},
})

export function count(counts: Record<string, number>, key: string | number, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by
}

export function sum(tallies: Tally[]): Tally {
  const total = emptyTally()
  for (const tally of tallies) {
    for (const key of ['said', 'heard', 'joins', 'resumed', 'resets', 'expired'] as const)
      total[key] += tally[key]
    for (const key of ['joinMs', 'deliveryMs'] as const) total[key] = total[key].concat(tally[key])
    for (const key of ['refused', 'ended'] as const)
      for (const [why, n] of Object.entries(tally[key])) count(total[key], why, n)
  }
  return total
}

/** @param share 0.5 for the median. NaN of nothing. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

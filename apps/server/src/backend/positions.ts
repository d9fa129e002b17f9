/** How positions in a room's log are made and read. */
import type { Position } from '@maru/api-types'

/** The position before a room's first entry. */
export const NO_POSITION: Position = '0-0'

/** The next one after `head`. Positions rise even when the clock doesn't. */
export function positionAfter(head: Position, now: number): Position {
  const [ms = 0, n = 0] = head.split('-').map(Number)
  return now > ms ? `${now}-0` : `${ms}-${n + 1}`
}

/** When the entry at a position was logged, by the store's clock. */
export const millisecondsOf = (position: Position): number => Number.parseInt(position, 10)

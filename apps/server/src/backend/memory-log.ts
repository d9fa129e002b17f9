/** A room's log in this process's memory: positions, trimming by age and size, resuming. */
import { comparePositions, type Position, type ResetReason } from '@maru/api-types'
import type { LogEntry, LogEvent } from './backend.ts'
import { LOG_MAX_BYTES } from './limits.ts'
import { millisecondsOf, NO_POSITION, positionAfter } from './positions.ts'

interface StoredEntry {
  entry: LogEntry
  previous: Position
  bytes: number
}

export class MemoryLog {
  /** The last position given; it outlives the entries. */
  head: Position = NO_POSITION
  #entries: StoredEntry[] = []
  #bytes = 0

  /** @param make builds the event of the position that it is given */
  append(
    now: number,
    make: (position: Position) => LogEvent,
    more: Pick<LogEntry, 'revision' | 'removed'> = {},
  ): LogEntry {
    const position = positionAfter(this.head, now)
    const event = make(position)
    const bytes = JSON.stringify(event).length
    const entry = { position, event, ...more }
    this.#entries.push({ entry, previous: this.head, bytes })
    this.#bytes += bytes
    this.head = position
    return entry
  }

  trim(oldest: number): void {
    let dropped = 0
    for (const { entry, bytes } of this.#entries) {
      if (millisecondsOf(entry.position) >= oldest && this.#bytes <= LOG_MAX_BYTES) break
      this.#bytes -= bytes
      dropped += 1
    }
    if (dropped > 0) this.#entries.splice(0, dropped)
  }

  clear(): void {
    this.#entries = []
    this.#bytes = 0
  }

  /** All entries after `position`, or why they can't be had. */
  since(position: Position): LogEntry[] | ResetReason {
    const distance = comparePositions(position, this.head)
    if (distance === 0) return []
    // A position that this log never reached: whoever was there saw a log that no longer exists.
    if (distance > 0) return 'data-lost'
    const first = this.#entries.findIndex(({ entry }) => comparePositions(entry.position, position) > 0)
    if (first === -1 || this.#entries[first]!.previous !== position) return 'log-trimmed'
    return this.#entries.slice(first).map(({ entry }) => entry)
  }
}

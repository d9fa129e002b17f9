/** The list of open rooms in this process's memory. */
import { comparePositions, type Position, type RoomRow } from '@maru/api-types'
import type { DirectoryListener, Unwatch } from './backend.ts'
import type { Tell } from './listeners.ts'

interface Listed {
  row: RoomRow
  version: Position
  deadline: number
}

export class MemoryDirectory {
  readonly #rows = new Map<string, Listed>()
  readonly #listeners = new Set<DirectoryListener>()
  readonly #now: () => number
  readonly #tell: Tell

  constructor(now: () => number, tell: Tell) {
    this.#now = now
    this.#tell = tell
  }

  put(row: RoomRow, { version, deadlineMs }: { version: Position; deadlineMs: number }): void {
    this.sweep()
    const deadline = this.#now() + deadlineMs
    const stored = this.#rows.get(row.roomId)
    const order = stored ? comparePositions(version, stored.version) : 1
    if (order < 0) return
    if (stored && order === 0) {
      stored.deadline = Math.max(stored.deadline, deadline)
      return
    }
    this.#rows.set(row.roomId, { row, version, deadline })
    if (deadlineMs > 0) this.#changed({ upserts: [row], gone: [] })
    else this.sweep()
  }

  sweep(): void {
    const now = this.#now()
    const gone: string[] = []
    for (const [roomId, { deadline }] of this.#rows) if (deadline <= now) gone.push(roomId)
    for (const roomId of gone) this.#rows.delete(roomId)
    if (gone.length > 0) this.#changed({ upserts: [], gone: gone.sort() })
  }

  watch(listener: DirectoryListener): Unwatch {
    this.sweep()
    // A listener of its own for each call, so that one object may watch twice.
    const own: DirectoryListener = {
      rows: (rows) => listener.rows(rows),
      changed: (change) => listener.changed(change),
    }
    this.#listeners.add(own)
    this.#tell([own], () => own.rows([...this.#rows.values()].map(({ row }) => row)))
    return () => void this.#listeners.delete(own)
  }

  clear(): void {
    this.#rows.clear()
    this.#listeners.clear()
  }

  #changed(change: { upserts: RoomRow[]; gone: string[] }): void {
    this.#tell(this.#listeners, (listener) => listener.changed(change))
  }
}

/** The list of open rooms: what those who look at it are sent, and the rows that this replica answers for. */
import type { RoomListEvent, RoomRow } from '@maru/api-types'
import type { DirectoryListener, RoomBackend, RoomSnapshot } from '../backend/backend.ts'
import { MemberQueue } from './member-queue.ts'
import { rowOf } from './room-view.ts'
import { untilAvailable } from './until-available.ts'

export interface DirectoryOptions {
  backend: RoomBackend
  /** `ROOM_LIST`: whether this server keeps a public list. */
  enabled: boolean
  /** Milliseconds that a row with people in it stays without being written again. */
  rowMs: number
  /** Milliseconds that an empty room stays in the list. */
  emptyRowMs: number
}

/** Milliseconds between two words about the list, and between two writes of one row. */
const COALESCE = 1_000
/** Rows in one list, the ones with people in them first: it must stay far below what a slow reader is cut for. */
const MAX_ROWS = 1_000

type ListEvent = Exclude<RoomListEvent, { type: 'off' }>

export class Directory implements DirectoryListener {
  readonly #options: DirectoryOptions
  readonly #readers = new Set<MemberQueue<RoomListEvent>>()
  readonly #closing = new AbortController()
  #rows: Map<string, RoomRow> | undefined
  #watching = false
  #upserts = new Map<string, RoomRow>()
  #gone = new Set<string>()
  #telling: NodeJS.Timeout | undefined
  #toldAt = 0
  /** Rooms whose row was written within the last second, and what is to be written at its end. */
  readonly #writing = new Map<string, { again: (() => void) | undefined }>()

  constructor(options: DirectoryOptions) {
    this.#options = options
  }

  /** The list as it is, and then its changes, until the signal. */
  follow(signal: AbortSignal): MemberQueue<RoomListEvent> {
    const queue = new MemberQueue<RoomListEvent>()
    signal.addEventListener('abort', () => {
      this.#readers.delete(queue)
      queue.end()
    })
    if (!this.#options.enabled) {
      queue.push({ type: 'off' })
      return queue
    }
    this.#readers.add(queue)
    if (this.#rows) queue.push(this.#list(this.#rows))
    void this.#watch()
    return queue
  }

  rows(rows: RoomRow[]): void {
    this.#rows = new Map(rows.map((row) => [row.roomId, row]))
    this.#upserts.clear()
    this.#gone.clear()
    this.#tell(this.#list(this.#rows))
  }

  changed({ upserts, gone }: { upserts: RoomRow[]; gone: string[] }): void {
    for (const row of upserts) {
      this.#rows?.set(row.roomId, row)
      this.#upserts.set(row.roomId, row)
      this.#gone.delete(row.roomId)
    }
    for (const roomId of gone) {
      this.#rows?.delete(roomId)
      this.#upserts.delete(roomId)
      this.#gone.add(roomId)
    }
    const wait = Math.max(0, this.#toldAt + COALESCE - Date.now())
    this.#telling ??= setTimeout(() => this.#tellChanges(), wait).unref()
  }

  /**
   * Shows a room in the list, if it is one for everybody. Writes at once, and then at most once a second.
   * @param emptySince when its last member went, `Date.now()`; undefined while somebody is inside
   */
  put(view: RoomSnapshot, emptySince: number | undefined): void {
    if (!this.#options.enabled || !view.room.listed) return
    const { roomId } = view.room
    const write = (): void => this.#write(view, emptySince)
    const current = this.#writing.get(roomId)
    if (current) {
      current.again = write
      return
    }
    write()
    this.#pause(roomId)
  }

  close(): void {
    this.#closing.abort()
    clearTimeout(this.#telling)
  }

  #pause(roomId: string): void {
    const pause: { again: (() => void) | undefined } = { again: undefined }
    this.#writing.set(roomId, pause)
    setTimeout(() => {
      this.#writing.delete(roomId)
      if (!pause.again || this.#closing.signal.aborted) return
      pause.again()
      this.#pause(roomId)
    }, COALESCE).unref()
  }

  #write(view: RoomSnapshot, emptySince: number | undefined): void {
    // An empty room's minute is counted from when it emptied: writing it again never makes it longer.
    const deadlineMs =
      emptySince === undefined ? this.#options.rowMs : emptySince + this.#options.emptyRowMs - Date.now()
    if (deadlineMs <= 0) return
    // Lost while the store is away: the next renewal of the room's leases writes it again.
    this.#options.backend.putRow(rowOf(view), { version: view.position, deadlineMs }).catch(() => undefined)
  }

  async #watch(): Promise<void> {
    if (this.#watching) return
    this.#watching = true
    try {
      const { signal } = this.#closing
      const unwatch = await untilAvailable(() => this.#options.backend.watchDirectory(this), signal)
      if (signal.aborted) unwatch()
      else signal.addEventListener('abort', unwatch, { once: true })
    } catch {
      this.#watching = false
    }
  }

  #list(rows: Map<string, RoomRow>): ListEvent {
    const shown = [...rows.values()].sort(
      (a, b) => Math.sign(b.count) - Math.sign(a.count) || b.since - a.since,
    )
    return { type: 'rooms', rooms: shown.slice(0, MAX_ROWS), now: Date.now() }
  }

  #tellChanges(): void {
    this.#telling = undefined
    if (this.#upserts.size + this.#gone.size === 0) return
    this.#tell({ type: 'changed', upserts: [...this.#upserts.values()], gone: [...this.#gone] })
    this.#upserts.clear()
    this.#gone.clear()
  }

  #tell(event: ListEvent): void {
    this.#toldAt = Date.now()
    for (const reader of this.#readers) reader.push(event)
  }
}

/** A room that somebody on this replica follows: one feed from the backend, handed to members and onlookers. */
import { comparePositions } from '@maru/api-types'
import type {
  LogEntry,
  RenewRequest,
  RoomBackend,
  RoomListener,
  RoomSnapshot,
  Unwatch,
} from '../backend/backend.ts'
import { eventOf, type Member } from './member.ts'
import { advance } from './room-view.ts'

/** Somebody at the door, who is told when the room looks different. */
export interface Onlooker {
  changed(view: RoomSnapshot): void
  /** The room is gone. */
  gone(): void
}

export interface LiveRoomOptions {
  roomId: string
  backend: RoomBackend
  /** Milliseconds that a room is still followed for after the last one here has gone, to see them leave. */
  lingerMs: number
  onChange(live: LiveRoom): void
  /** The feed broke and nobody here is a member whose rejoin would bring a new view. */
  onLost(live: LiveRoom): void
  onClose(live: LiveRoom): void
  /** Somebody whose connection was here ran out without a goodbye. */
  onExpired(): void
  /** Milliseconds for which somebody whose connection has gone may still run out. */
  rememberMs: number
}

/** Milliseconds within which changes become one word to onlookers. */
const COALESCE = 50

export class LiveRoom implements RoomListener {
  readonly members = new Set<Member>()
  readonly onlookers = new Set<Onlooker>()
  /** Undefined until somebody has read the room, and after a break. */
  view: RoomSnapshot | undefined
  /** What it looked like, also before a break: enough to make it again where the store has lost it. */
  lastView: RoomSnapshot | undefined
  /** `Date.now()` when the last member was seen to go; undefined while somebody is inside or nobody was. */
  emptySince: number | undefined
  /** How often the feed broke: what was asked for before says nothing of what it left out. */
  resets = 0
  /** Whether this replica answers for the room's line in the list. */
  hadMembers = false
  readonly #options: LiveRoomOptions
  #opening: Promise<void> | undefined
  #unwatch: Unwatch | undefined
  #closed = false
  /** Entries that came before the first view. */
  #early: LogEntry[] = []
  #linger: NodeJS.Timeout | undefined
  /** Until when those whose connection was here may run out; they may go on through another replica meanwhile. */
  readonly #gone = new Map<string, number>()
  #telling: NodeJS.Timeout | undefined

  constructor(options: LiveRoomOptions) {
    this.#options = options
  }

  get roomId(): string {
    return this.#options.roomId
  }

  /** Follows the log from here on. Rejects, and may be called again, where the backend can't be reached. */
  open(): Promise<void> {
    this.#opening ??= this.#options.backend.watchRoom(this.roomId, this).then(
      (unwatch) => {
        if (this.#closed) unwatch()
        else this.#unwatch = unwatch
      },
      (error: unknown) => {
        this.#opening = undefined
        throw error
      },
    )
    return this.#opening
  }

  entries(entries: LogEntry[]): void {
    for (const entry of entries) {
      this.#countExpired(entry)
      const event = eventOf(entry)
      for (const member of this.members) member.deliver(entry, event)
    }
    if (!this.view) this.#early.push(...entries)
    else this.#setView(entries.reduce(advance, this.view))
  }

  reset(): void {
    this.resets += 1
    this.view = undefined
    this.#early = []
    if (this.members.size === 0) this.#options.onLost(this)
    for (const member of this.members) void member.rejoin()
  }

  /**
   * Takes what a join or a read has answered, if it is newer than what the feed has brought.
   * @param resets as many as there were when it was asked
   */
  adopt(snapshot: RoomSnapshot, resets: number): void {
    if (resets !== this.resets) return
    const { view } = this
    if (view?.epoch === snapshot.epoch && comparePositions(snapshot.position, view.position) <= 0) return
    const early = this.#early
    this.#early = []
    this.#setView(early.reduce(advance, snapshot))
  }

  /** The presences whose leases this replica renews: those with a live subscription and a client that was heard. */
  sessions(leaseMs: number): RenewRequest['sessions'] {
    const newest = new Map<string, Member>()
    for (const member of this.members) {
      const other = newest.get(member.peerId)
      // During a hand-over within this replica both connections are here.
      if (member.live && (!other || other.attempt < member.attempt)) newest.set(member.peerId, member)
    }
    return [...newest.values()]
      .map((member) => ({ peerId: member.peerId, attempt: member.attempt, idleMs: member.idleMs() }))
      .filter(({ idleMs }) => idleMs < leaseMs)
  }

  /** Call it whenever a member or an onlooker came or went. */
  followersChanged(): void {
    clearTimeout(this.#linger)
    this.hadMembers ||= this.members.size > 0
    if (this.members.size + this.onlookers.size > 0) return
    if (!this.hadMembers) this.close()
    else this.#linger = setTimeout(() => this.close(), this.#options.lingerMs).unref()
  }

  /** A member's connection ended, or its presence did. */
  forget(member: Member): void {
    this.members.delete(member)
    const now = Date.now()
    for (const [peerId, until] of this.#gone) if (until < now) this.#gone.delete(peerId)
    this.#gone.set(member.peerId, now + this.#options.rememberMs)
    this.followersChanged()
  }

  #countExpired({ event }: LogEntry): void {
    if (event.type !== 'left' || event.reason !== 'expired') return
    const here = [...this.members].some(({ peerId }) => peerId === event.peerId)
    const until = this.#gone.get(event.peerId) ?? 0
    this.#gone.delete(event.peerId)
    if (here || until > Date.now()) this.#options.onExpired()
  }

  /** Nobody may follow the room any more, because it doesn't exist. */
  gone(): void {
    for (const onlooker of this.onlookers) onlooker.gone()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#linger)
    clearTimeout(this.#telling)
    this.#unwatch?.()
    this.#options.onClose(this)
  }

  #setView(view: RoomSnapshot): void {
    const before = this.view
    this.view = this.lastView = view
    if (before?.revision !== view.revision) for (const member of this.members) member.tellRecord(view)
    if (before && before.peers === view.peers && before.room === view.room) return
    if (view.peers.length > 0) this.emptySince = undefined
    else if (before && before.peers.length > 0) this.emptySince = Date.now()
    this.#options.onChange(this)
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined
      if (this.view) for (const onlooker of this.onlookers) onlooker.changed(this.view)
    }, COALESCE).unref()
  }
}

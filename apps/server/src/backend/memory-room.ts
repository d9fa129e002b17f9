/** One room in this process's memory: the rules of `RoomBackend`, synchronous and so atomic. */
import {
  CHAT_HISTORY,
  type ChatMessage,
  HOST_MESSAGES,
  type LeftReason,
  type Moderation,
  type Peer,
  type Position,
  type RefusalReason,
  type ResetReason,
  RoomError,
  type RoomInfo,
  type SendResult,
} from '@maru/api-types'
import type {
  BackendTimes,
  JoinRequest,
  JoinResult,
  LogEntry,
  LogEvent,
  RenewRequest,
  RoomMessage,
  RoomRecord,
  RoomSnapshot,
  Session,
} from './backend.ts'
import { REMEMBER_PRESENCE, REMEMBER_PRESENCES, RESTORE_WITHIN } from './limits.ts'
import { MemoryLog } from './memory-log.ts'
import { millisecondsOf } from './positions.ts'
import { compareRevisions, FIRST_REVISION, nextRevision, type Revision } from './revisions.ts'

type Presence =
  | { kind: 'inside'; attempt: number; peer: Peer; deadline: number; goodbye: boolean }
  /** May come back, with an attempt at or above this one. */
  | { kind: 'expired'; attempt: number; userId: string; at: number }
  /** Never comes back. */
  | { kind: 'ended'; reason: Exclude<LeftReason, 'expired'>; at: number }

type Inside = Extract<Presence, { kind: 'inside' }>

export interface MemoryRoomOptions {
  epoch: string
  times: BackendTimes
  now: () => number
  /** Called within the step that logs; the entries of a step come in order. */
  onEntry: (entry: LogEntry) => void
  /** What it comes back from, where the store has lost it. */
  record?: RoomRecord
}

const FOR_HOST: ReadonlySet<string> = new Set(HOST_MESSAGES)

export class MemoryRoom {
  #info: RoomInfo
  readonly #options: MemoryRoomOptions
  readonly #log = new MemoryLog()
  /** Replaced, never changed: answers share it. */
  #chat: ChatMessage[] = []
  /** In the order of joining: a new presence is always set after the deletion of its old entry. */
  readonly #presences = new Map<string, Presence>()
  /** The last applied seq of each presence that has sent anything. */
  readonly #applied = new Map<string, number>()
  /** The users whom the host has removed. */
  #removed: ReadonlySet<string>
  #revision: Revision
  /** What the last record said that the room was made or corrected from, and when it came back, if it did. */
  #base: Revision | undefined
  readonly #restoredAt: number | undefined
  #since: number
  #touchedAt: number
  #emptyAt: number

  constructor(info: RoomInfo, options: MemoryRoomOptions) {
    this.#info = { ...info }
    this.#options = options
    const { record } = options
    this.#removed = new Set(record?.removed)
    this.#base = record?.revision
    this.#revision = record?.revision ?? FIRST_REVISION
    this.#restoredAt = record && options.now()
    this.#since = this.#touchedAt = this.#emptyAt = options.now()
  }

  /** Nobody has used it for so long that it counts as gone. */
  isGone(): boolean {
    return this.#options.now() - this.#touchedAt >= this.#options.times.room
  }

  /** Deletes what may not be kept any longer. Touches nothing else, so that it may run at any time. */
  tidy(): void {
    const now = this.#options.now()
    this.#log.trim(now - this.#options.times.log)
    if (this.#inside().length > 0 || now < this.#emptyAt + this.#options.times.emptyData) return
    this.#log.clear()
    this.#chat = []
  }

  read(): RoomSnapshot {
    this.#open()
    return this.#snapshot()
  }

  join(request: JoinRequest): JoinResult {
    const now = this.#open()
    const { peerId, attempt, record } = request
    if (record) this.#correct(record, now)
    const presence = this.#presences.get(peerId)
    if (presence?.kind === 'ended') throw new RoomError(presence.reason)
    if (this.#removed.has(request.userId)) throw new RoomError('removed')
    if (presence && attempt < presence.attempt) throw new RoomError('not-a-member')

    if (presence?.kind === 'inside') {
      // An equal attempt after a goodbye is a command that runs late: its connection is closed already.
      if (!(presence.goodbye && attempt === presence.attempt)) {
        presence.attempt = attempt
        presence.goodbye = false
        presence.deadline = now + this.#options.times.lease
      }
    } else {
      this.#enter(request, now)
    }
    return this.#answer(request)
  }

  send(session: Session, messages: RoomMessage[]): SendResult {
    this.#open()
    const sender = this.#fenced(session)
    if (!sender) throw new RoomError('not-a-member')
    const before = this.#applied.get(session.peerId) ?? (messages[0]?.seq ?? 1) - 1

    let applied = before
    const fresh: RoomMessage[] = []
    for (const message of messages) {
      if (message.seq <= applied) continue
      if (message.seq !== applied + 1) throw new RoomError('sequence-gap')
      applied = message.seq
      fresh.push(message)
    }
    if (fresh.length > 0) this.#applied.set(session.peerId, applied)

    const refused: SendResult['refused'] = []
    for (const message of fresh) {
      const reason = this.#mayApply(sender, message) ? this.#apply(sender, message) : 'not-allowed'
      if (reason) refused.push({ seq: message.seq, reason })
    }
    return { applied, refused }
  }

  leave(session: Session): void {
    this.#open()
    const presence = this.#presences.get(session.peerId)
    if (presence && presence.kind !== 'ended' && presence.attempt === session.attempt) {
      this.#end(session.peerId, 'left')
    }
  }

  shortenLease(session: Session): void {
    const now = this.#open()
    const presence = this.#fenced(session)
    if (!presence) return
    presence.goodbye = true
    presence.deadline = Math.min(presence.deadline, now + this.#options.times.closingLease)
  }

  renew(sessions: RenewRequest['sessions']): string[] {
    const now = this.#open()
    return sessions.flatMap((session) => {
      const presence = this.#fenced(session)
      if (!presence) return [session.peerId]
      if (!presence.goodbye) {
        presence.deadline = Math.max(presence.deadline, now + this.#options.times.lease - session.idleMs)
      }
      return []
    })
  }

  /** Every operation begins here: sweeps, unless the room stood still. Returns the clock's time. */
  #open(): number {
    const { now: clock, times } = this.#options
    const now = clock()
    const stoodStill = now - this.#touchedAt > times.lease / 2
    this.#touchedAt = now
    this.tidy()
    const expired: [peerId: string, presence: Inside][] = []
    for (const [peerId, presence] of this.#presences) {
      if (presence.kind !== 'inside') continue
      if (stoodStill && !presence.goodbye) presence.deadline = now + times.lease
      if (presence.deadline <= now) expired.push([peerId, presence])
    }
    expired.sort(([a, one], [b, other]) => one.deadline - other.deadline || (a < b ? -1 : 1))
    for (const [peerId, presence] of expired) this.#end(peerId, presence.goodbye ? 'left' : 'expired')
    return now
  }

  #enter(request: JoinRequest, now: number): void {
    const { peerId, attempt, userId, name, color, state } = request
    // One's own earlier page load. Where it has expired, the others still wait for it: end it for them too.
    const earlier = request.replaces === peerId ? undefined : this.#presences.get(request.replaces ?? '')
    const replaces = earlier && earlier.kind !== 'ended' ? request.replaces : undefined
    const inside = this.#inside().length

    const known = this.#presences.has(peerId) || replaces !== undefined || this.#isReturning(request, now)
    if (this.#info.locked && userId !== this.#info.hostId && !known) throw new RoomError('room-locked')
    const others = earlier?.kind === 'inside' ? inside - 1 : inside
    if (others >= this.#info.capacity) throw new RoomError('room-full')

    if (replaces !== undefined) this.#end(replaces, 'replaced')
    if (inside === 0) this.#since = now
    this.#forgetOldPresences(now)
    const peer: Peer = { peerId, userId, name, color, state, joinedAt: now }
    if (replaces !== undefined) peer.replaces = replaces
    if (earlier?.kind === 'inside' && earlier.peer.hand !== undefined) peer.hand = earlier.peer.hand
    const deadline = now + this.#options.times.lease
    this.#presences.delete(peerId)
    this.#presences.set(peerId, { kind: 'inside', attempt, peer, deadline, goodbye: false })
    this.#append(() => ({ type: 'joined', peer }))
  }

  /** Becomes what a record says that tells of a newer state. */
  #correct({ room, revision, removed, epoch }: RoomRecord, now: number): void {
    if (compareRevisions(revision, this.#revision) <= 0) return
    if (epoch !== this.#options.epoch && this.#restoredAt !== undefined && !this.#mayStillBring(now)) return
    this.#info = { ...room }
    this.#removed = new Set(removed)
    this.#base = this.#revision = revision
    this.#append(() => ({ type: 'room', room: this.#info }), { revision, removed: [...removed] })
    this.#endAll((userId) => this.#removed.has(userId), 'removed')
  }

  /** For so long after a room came back those who were inside bring what they know of it. */
  #mayStillBring(now: number): boolean {
    return this.#restoredAt !== undefined && now - this.#restoredAt < RESTORE_WITHIN
  }

  /** Whether somebody was inside when the store lost the room: nothing else here can tell. */
  #isReturning({ wasInside }: JoinRequest, now: number): boolean {
    if (!wasInside || wasInside.epoch === this.#options.epoch || this.#base === undefined) return false
    return this.#mayStillBring(now) && compareRevisions(wasInside.revision, this.#base) >= 0
  }

  #answer(request: JoinRequest): JoinResult {
    const snapshot = this.#snapshot()
    const applied = this.#applied.get(request.peerId) ?? 0
    const from = request.resumeFrom
    if (!from) return { type: 'joined', snapshot, chat: this.#chat, applied }
    const missed: LogEntry[] | ResetReason =
      from.epoch === this.#options.epoch ? this.#log.since(from.position) : 'data-lost'
    return typeof missed === 'string'
      ? { type: 'joined', snapshot, chat: this.#chat, applied, reset: missed }
      : { type: 'resumed', snapshot, missed, applied }
  }

  /** Nobody speaks after having ended the call, and what is the host's only the host does (P35). */
  #mayApply(sender: Inside, { type }: RoomMessage): boolean {
    if (this.#presences.get(sender.peer.peerId) !== sender) return false
    return !FOR_HOST.has(type) || sender.peer.userId === this.#info.hostId
  }

  /** Carries out one message; returns why not, if it is refused. */
  #apply(sender: Inside, message: RoomMessage): RefusalReason | undefined {
    const { peerId: from, userId, name, color } = sender.peer
    const { seq } = message
    switch (message.type) {
      case 'signal': {
        const { to, signal } = message
        if (to === from || this.#presences.get(to)?.kind !== 'inside') return 'unknown-recipient'
        this.#append(() => ({ type: 'signal', to, from, seq, signal }))
        return undefined
      }
      case 'chat':
        this.#append((id) => {
          const at = millisecondsOf(id)
          const chat: ChatMessage = { id, peerId: from, seq, userId, name, color, text: message.text, at }
          this.#chat = [...this.#chat, chat].slice(-CHAT_HISTORY)
          return { type: 'chat', from, seq, message: chat }
        })
        return undefined
      case 'state': {
        const { state } = message
        sender.peer = { ...sender.peer, state }
        this.#append(() => ({ type: 'state', peerId: from, state }))
        return undefined
      }
      case 'hand':
        this.#setHand(sender, message.raised)
        return undefined
      case 'reaction': {
        const { emoji } = message
        this.#append(() => ({ type: 'reaction', from, seq, emoji }))
        return undefined
      }
      case 'lock':
        this.#setRoom({ locked: message.locked })
        return undefined
      case 'moderate':
        return this.#moderate(from, message.to, message.action)
      case 'remove':
        return this.#remove(message.to)
      case 'hand-over':
        return this.#handOver(message.to)
      case 'end':
        // What was said goes first, so that the log still tells of the end to those who followed it up to here.
        this.#log.clear()
        this.#chat = []
        this.#endAll(() => true, 'ended')
        return undefined
      case 'refused':
        return message.reason
    }
  }

  #setRoom(change: Partial<RoomInfo>): void {
    const room = { ...this.#info, ...change }
    this.#info = room
    const revision = this.#raiseRevision()
    this.#append(() => ({ type: 'room', room }), { revision })
  }

  #raiseRevision(): Revision {
    this.#revision = nextRevision(this.#revision, this.#base)
    return this.#revision
  }

  #setHand(presence: Inside, raised: boolean): void {
    const { hand, ...peer } = presence.peer
    if ((hand !== undefined) === raised) return
    this.#append((position) => {
      presence.peer = raised ? { ...peer, hand: position } : peer
      return { type: 'hand', peerId: peer.peerId, hand: raised ? position : null }
    })
  }

  #moderate(by: string, to: string, action: Moderation): RefusalReason | undefined {
    const presence = this.#presences.get(to)
    if (presence?.kind !== 'inside') return 'unknown-recipient'
    if (action === 'lower-hand') {
      this.#setHand(presence, false)
      return undefined
    }
    const device = action === 'mute' ? 'mic' : 'camera'
    if (!presence.peer.state[device]) return undefined
    const state = { ...presence.peer.state, [device]: false }
    presence.peer = { ...presence.peer, state }
    this.#append(() => ({ type: 'state', peerId: to, state, by }))
    return undefined
  }

  #remove(to: string): RefusalReason | undefined {
    const userId = userOf(this.#presences.get(to))
    if (userId === undefined) return 'unknown-recipient'
    if (userId === this.#info.hostId) return 'not-allowed'
    this.#removed = new Set([...this.#removed, userId])
    this.#raiseRevision()
    this.#endAll((other) => other === userId, 'removed')
    return undefined
  }

  #handOver(to: string): RefusalReason | undefined {
    const presence = this.#presences.get(to)
    if (presence?.kind !== 'inside') return 'unknown-recipient'
    const { userId: hostId } = presence.peer
    if (hostId === this.#info.hostId) return 'not-allowed'
    this.#setRoom({ hostId })
    return undefined
  }

  /** Ends every presence, inside or expired, of the users that are meant, in the order of their ids. */
  #endAll(isMeant: (userId: string) => boolean, reason: 'removed' | 'ended'): void {
    for (const peerId of [...this.#presences.keys()].sort()) {
      const userId = userOf(this.#presences.get(peerId))
      if (userId !== undefined && isMeant(userId)) this.#end(peerId, reason)
    }
  }

  #end(peerId: string, reason: LeftReason): void {
    const presence = this.#presences.get(peerId)
    if (!presence || presence.kind === 'ended') return
    const at = this.#options.now()
    const userId = userOf(presence)!
    if (reason === 'expired') {
      this.#presences.set(peerId, { kind: 'expired', attempt: presence.attempt, userId, at })
    } else {
      this.#presences.set(peerId, { kind: 'ended', reason, at })
      this.#applied.delete(peerId)
    }
    if (presence.kind === 'inside' && this.#inside().length === 0) this.#emptyAt = at
    const removed = reason === 'removed'
    this.#append(
      () => ({ type: 'left', peerId, reason, ...(removed && { userId }) }),
      removed ? { revision: this.#revision } : {},
    )
  }

  #append(make: (position: Position) => LogEvent, more: Pick<LogEntry, 'revision' | 'removed'> = {}): void {
    const now = this.#options.now()
    this.#options.onEntry(this.#log.append(now, make, more))
    this.#log.trim(now - this.#options.times.log)
  }

  #forgetOldPresences(now: number): void {
    const past = [...this.#presences].flatMap(([peerId, presence]) =>
      presence.kind === 'inside' ? [] : [{ peerId, at: presence.at }],
    )
    // The latest first, also of those who left within one millisecond.
    past.reverse().sort((one, other) => other.at - one.at)
    for (const [i, { peerId, at }] of past.entries()) {
      if (i < REMEMBER_PRESENCES && now - at < REMEMBER_PRESENCE) continue
      this.#presences.delete(peerId)
      this.#applied.delete(peerId)
    }
  }

  /** The presence that a session holds, if it is inside and no newer connection holds it. */
  #fenced(session: Session): Inside | undefined {
    const presence = this.#presences.get(session.peerId)
    return presence?.kind === 'inside' && presence.attempt === session.attempt ? presence : undefined
  }

  #inside(): Inside[] {
    return [...this.#presences.values()].filter((presence) => presence.kind === 'inside')
  }

  #snapshot(): RoomSnapshot {
    return {
      epoch: this.#options.epoch,
      position: this.#log.head,
      room: this.#info,
      peers: this.#inside().map((presence) => presence.peer),
      removed: [...this.#removed].sort(),
      revision: this.#revision,
      since: this.#since,
    }
  }
}

/** Whose presence it is, as long as it hasn't ended. */
function userOf(presence: Presence | undefined): string | undefined {
  if (presence?.kind === 'inside') return presence.peer.userId
  return presence?.kind === 'expired' ? presence.userId : undefined
}

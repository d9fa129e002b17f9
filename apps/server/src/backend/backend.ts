/** The seam between the rules and where rooms live: what a backend MUST do, in the words of rooms. */
import type {
  ChatMessage,
  LeftReason,
  Moderation,
  Peer,
  PeerState,
  Position,
  Reaction,
  RefusalReason,
  ResetReason,
  RoomInfo,
  RoomRow,
  SendResult,
  Signal,
} from '@maru/api-types'
import type { KeyedLimit, WindowRate } from './keyed-limit.ts'
import type { Revision } from './revisions.ts'

export { compareRevisions, REVISION_PATTERN } from './revisions.ts'

/** Milliseconds, all of them. Tests shorten them; nothing else does. */
export interface BackendTimes {
  /** A presence whose client was silent this long is gone. */
  lease: number
  /** What is left of a lease after the client said goodbye by closing its socket (1001). */
  closingLease: number
  /** Events are kept this long for those who come back. */
  log: number
  /** Chat and log of an empty room are deleted after this. */
  emptyData: number
  /** A room that nobody used for this long is gone. */
  room: number
}

export const DEFAULT_TIMES: BackendTimes = {
  lease: 15_000,
  closingLease: 1_500,
  log: 60_000,
  emptyData: 120_000,
  room: 30 * 24 * 3_600_000,
}

/** One presence on one connection. `attempt` rises with each connection and fences the ones before it. */
export interface Session {
  peerId: string
  attempt: number
}

export interface JoinRequest extends Session {
  userId: string
  name: string
  color: number
  state: PeerState
  /** The presence whose place this one takes. */
  replaces?: string
  /** The last event that this presence has seen. */
  resumeFrom?: { epoch: string; position: Position }
  /** What whoever joins, or this replica, knows of the room, for a store that has lost it. The caller vouches for it. */
  record?: RoomRecord
  /** The last state of the room that this user is known to have been inside in. Likewise. */
  wasInside?: { epoch: string; revision: Revision }
}

/** All that decides over a room and isn't said anew by those who come back to it (P55). */
export interface RoomRecord {
  room: RoomInfo
  revision: Revision
  /** The userIds of those whom the host has removed. */
  removed: string[]
  /** Of the store that this was read from. */
  epoch: string
}

/** An entry of a room's log. Every entry is at most one event to a member. */
export type LogEvent =
  | { type: 'joined'; peer: Peer }
  | { type: 'left'; peerId: string; reason: LeftReason; userId?: string }
  | { type: 'state'; peerId: string; state: PeerState; by?: string }
  | { type: 'hand'; peerId: string; hand: Position | null }
  | { type: 'reaction'; from: string; seq: number; emoji: Reaction }
  | { type: 'signal'; to: string; from: string; seq: number; signal: Signal }
  | { type: 'chat'; from: string; seq: number; message: ChatMessage }
  | { type: 'room'; room: RoomInfo }

export interface LogEntry {
  position: Position
  event: LogEvent
  /** What the room's revision is from here on, where this changes what a record would say. */
  revision?: Revision
  /** All who are removed from here on, where that is more than the event says. */
  removed?: string[]
}

/** A room as it stands at `position`: whoever follows the log from there misses nothing. */
export interface RoomSnapshot {
  epoch: string
  position: Position
  room: RoomInfo
  /** In the order of joining. */
  peers: Peer[]
  /** The userIds of those whom the host has removed, sorted. Goes to no client. */
  removed: string[]
  /** Rises in the step that changes `room` or `removed`. */
  revision: Revision
  /** Server's clock, milliseconds: when the room went from empty to inhabited, or was created. */
  since: number
}

export type JoinResult =
  /** A new presence, or one that can't be resumed (`reset` says why, if it had asked to be). */
  | { type: 'joined'; snapshot: RoomSnapshot; chat: ChatMessage[]; applied: number; reset?: ResetReason }
  /** Goes on after `resumeFrom`; `missed` are all entries since, in order. */
  | { type: 'resumed'; snapshot: RoomSnapshot; missed: LogEntry[]; applied: number }

/** A message that has passed the edge; the backend checks what only the room's state can tell. */
export type RoomMessage =
  | { seq: number; type: 'signal'; to: string; signal: Signal }
  | { seq: number; type: 'chat'; text: string }
  | { seq: number; type: 'state'; state: PeerState }
  | { seq: number; type: 'hand'; raised: boolean }
  | { seq: number; type: 'reaction'; emoji: Reaction }
  | { seq: number; type: 'lock'; locked: boolean }
  | { seq: number; type: 'moderate'; to: string; action: Moderation }
  | { seq: number; type: 'remove' | 'hand-over'; to: string }
  | { seq: number; type: 'end' }
  /** Consumes its seq and is refused: the edge has found it wrong. */
  | { seq: number; type: 'refused'; reason: RefusalReason }

export interface RenewRequest {
  roomId: string
  /** Sessions on this replica with a live subscription, and how long ago each client's last frame came. */
  sessions: (Session & { idleMs: number })[]
}

export interface RenewResult {
  roomId: string
  /** Presences whose lease this replica no longer holds: expired, left, replaced, or moved to a newer attempt. */
  lost: string[]
}

export interface RoomListener {
  /**
   * Entries of the log in order, each exactly once, with none left out in between.
   * A backend whose fast path lost something MUST fill the gap before it goes on.
   */
  entries(entries: LogEntry[]): void
  /** Continuity is broken (log trimmed past the gap, data lost, room gone): members need a snapshot. */
  reset(reason: ResetReason): void
}

export interface DirectoryListener {
  /** The whole list: first of all, and again whenever continuity was broken. */
  rows(rows: RoomRow[]): void
  changed(change: { upserts: RoomRow[]; gone: string[] }): void
}

export type Unwatch = () => void

/**
 * Where rooms live. Every method is one atomic step and idempotent: a caller that saw a time-out MAY call
 * again, and the first call MAY still be carried out later. No method waits longer than a few seconds:
 * where the store doesn't answer it MUST throw `RoomError('unavailable')`.
 *
 * Every method that touches a room first sweeps it: presences whose lease has run out are removed with a
 * `left{expired}` (or `left{left}` if the client had said goodbye). A room that nobody had touched for half
 * a lease gets all its leases extended by a whole one instead (but those of clients that said goodbye):
 * when the store or every replica stood still, nobody is swept for it.
 */
export interface RoomBackend {
  readonly kind: 'memory' | 'redis'

  /** Makes a room. MUST NOT touch one that exists (it answers as if it had been made). */
  createRoom(room: RoomInfo): Promise<void>

  /** `undefined` when there is no such room. */
  readRoom(roomId: string): Promise<RoomSnapshot | undefined>

  /**
   * Adds a presence, or takes one over.
   *
   * First, with `record`: a room that isn't there is made as the record says, in another epoch; one whose revision is
   * below the record's becomes what the record says, logs `room` and then `left{removed}` for each presence of those whom
   * it finds removed, in the order of their ids. A record from another epoch does that only within `RESTORE_WITHIN` of the
   * room's coming back. For as long `wasInside`, of another epoch and not below the revision that the room came back at,
   * stands for a presence that was here before.
   *
   * In this order it throws `RoomError`:
   * `not-found`; `left`, `replaced`, `removed` or `ended` for a presence that ended so (its peerId never comes back);
   * `removed` for a user whom the host has removed, with whatever presence, for as long as there is the room;
   * `not-a-member` when `attempt` is below the stored one (a newer connection holds the presence);
   * `room-locked` unless the user is the host, the presence was here before (expired, or by `wasInside`), or `replaces` is inside;
   * `room-full` when the others (without `replaces`) are `capacity` already.
   *
   * A presence that is inside keeps its name, state and place and logs nothing. A new one logs `joined`, after
   * `left{replaced}` for `replaces` in the same step, whose raised hand it keeps. `resumeFrom` of the same epoch that the log still
   * reaches gives `resumed`; another epoch gives `reset: 'data-lost'`, a log trimmed past it `reset: 'log-trimmed'`.
   */
  join(roomId: string, request: JoinRequest): Promise<JoinResult>

  /**
   * Applies a batch, in order. A seq at or below the last applied is skipped in silence (it was applied before);
   * the first batch of a presence in an epoch sets the base; a batch that skips a seq throws `sequence-gap`,
   * and nothing of it is applied. Throws `not-a-member` unless `session.attempt` equals the stored one and the
   * presence is inside. Refused (consumed, reported): a `signal` whose `to` is not inside or is the sender
   * (`unknown-recipient`), any of `HOST_MESSAGES` by anyone but the user `hostId` (`not-allowed`), what follows upon the
   * sender's own `end` (`not-allowed`), and `refused` ones with their reason.
   *
   * A `hand` that goes up is stored with its entry's position; one that is as it was logs nothing. A `reaction` is only
   * logged. `moderate`, `hand-over` and `remove` need `to` inside, `remove` is content with one that has expired (else
   * `unknown-recipient`); `hand-over` and `remove` of the host's own are `not-allowed`. `moderate` switches off in the public
   * state, or lowers the hand, and logs `state` (with `by`) or `hand`; nothing where it is off already. `remove` logs
   * `left{removed}` for each presence of that user, inside or expired, in the order of their ids. `hand-over` sets `hostId` and
   * logs `room`. `end` logs `left{ended}` for each presence, likewise, and deletes chat and log in the same step.
   * A `chat` is also kept in the room's history (the last 200). The last applied seq outlives the presence.
   */
  send(roomId: string, session: Session, messages: RoomMessage[]): Promise<SendResult>

  /** Ends a presence for good with `left{left}`. Does nothing unless `attempt` equals the stored one. */
  leave(roomId: string, session: Session): Promise<void>

  /** The client closed its socket: the lease ends in `closingLease`, unless it comes back. Same fence. */
  shortenLease(roomId: string, session: Session): Promise<void>

  /**
   * Renews leases to `lease − idleMs` from now (never shortens one, never lengthens that of a client that said
   * goodbye on this attempt), and sweeps. A request without sessions only sweeps. One result for each request, in order.
   */
  renew(requests: RenewRequest[]): Promise<RenewResult[]>

  /**
   * Follows a room's log, from the entry after the call's completion: every entry that is logged after
   * the promise resolved is delivered; earlier ones MAY be too.
   */
  watchRoom(roomId: string, listener: RoomListener): Promise<Unwatch>

  /**
   * Shows a room in the list until `deadlineMs` from now. MUST keep the newer one when two replicas write (by `version`,
   * the position that the row was read at) but extend the deadline when equal.
   */
  putRow(row: RoomRow, options: { version: Position; deadlineMs: number }): Promise<void>

  /** Follows the list. Rows past their deadline are reported gone within a second or two, even when nothing else happens. */
  watchDirectory(listener: DirectoryListener): Promise<Unwatch>

  /**
   * Keeps a short list of secrets that all replicas have: adds those given that it doesn't know (`ifNone`: only where it
   * knows none) and answers the list, the oldest first.
   */
  shareSecrets(secrets: readonly string[], options: { ifNone: boolean }): Promise<string[]>

  /**
   * A limit by key that all replicas on the store count together. Made twice with one name it MUST count once. Where the
   * store doesn't answer, each replica MUST count by itself: a limit never keeps anyone waiting, and never throws.
   */
  makeLimit(name: string, rate: WindowRate): KeyedLimit

  /** `performance.now()` when the store came back after it had been away; -Infinity where it never was. */
  backSince(): number

  /** Resolves when the store answers; throws `RoomError('unavailable')` when it doesn't. */
  ping(): Promise<void>

  close(): Promise<void>
}

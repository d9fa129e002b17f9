/** The ways in which the server says no. A reason is stable: clients switch on it, people read its translation. */

/** Ends a subscription for good; the client must not ask again by itself. */
export type FinalReason =
  | 'room-full'
  | 'room-locked'
  | 'not-found'
  /** The host has removed this user, who may not come back. */
  | 'removed'
  /** This presence was moved to another page load, which named it in `replaces`. */
  | 'replaced'
  /** The host has ended the call for everyone; its link works for another one. */
  | 'ended'
  /** This presence has left; a new join needs a new join secret. */
  | 'left'
  /** The client speaks a protocol that is no longer served. */
  | 'too-old'

/** Fails one call; its batch, if it was one, stays with the client and may be sent again. */
export type CallReason =
  /** No join of this room on this connection, or another connection has taken its place. */
  | 'not-a-member'
  /** The rooms can't be reached right now. */
  | 'unavailable'
  /** Too much, too fast; `retryAfterMs` says when to try again. */
  | 'rate-limited'
  /** This server asks a key of those who make rooms, and this one is missing or wrong. */
  | 'create-key'
  /** A batch that doesn't continue where the last one ended. */
  | 'sequence-gap'
  /** The input broke the schema; `field` names the first offender. */
  | 'bad-request'

/** Refuses one message of a batch; the message is consumed, its batch goes on. */
export type RefusalReason = 'bad-message' | 'unknown-recipient' | 'not-allowed'

export type RoomErrorReason = FinalReason | CallReason

/** What travels in a tRPC error's `data`. */
export interface RoomErrorData {
  reason: RoomErrorReason
  /** Milliseconds, with `rate-limited`. */
  retryAfterMs?: number
  /** Path of the offending input field, with `bad-request`. */
  field?: string
}

const FINAL: ReadonlySet<string> = new Set<FinalReason>([
  'room-full',
  'room-locked',
  'not-found',
  'removed',
  'replaced',
  'ended',
  'left',
  'too-old',
])

export const isFinal = (reason: RoomErrorReason): reason is FinalReason => FINAL.has(reason)

/** Thrown by the rules and the backends; `trpc.ts` is the one place that translates it. */
export class RoomError extends Error {
  readonly reason: RoomErrorReason
  readonly retryAfterMs: number | undefined
  constructor(reason: RoomErrorReason, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(reason, { cause: options.cause })
    this.name = 'RoomError'
    this.reason = reason
    this.retryAfterMs = options.retryAfterMs
  }
}

/** What a member hears: the join, and then one event for each entry of the room's log that concerns it. */
import { z } from 'zod'
import type { Position } from './ids.ts'
import { BATCH_MAX_MESSAGES, type Reaction } from './limits.ts'
import { color, type Peer, type PeerState, peerState, personName, secret } from './peer.ts'
import { type IceServer, roomId, type RoomInfo } from './room.ts'
import type { RefusalReason } from './room-error.ts'
import type { Signal } from './signal.ts'

/** Frozen at the first subscribe and sent again, as it was, after each reconnect. */
export const joinInput = z.strictObject({
  roomId,
  userSecret: secret,
  joinSecret: secret,
  replaces: secret.optional(),
  name: personName,
  color,
  /** Only for a presence that is new; later `state` messages win. */
  state: peerState,
  protocol: z.int().min(0).max(1_000),
  /** Set by tRPC after a reconnect: `epoch:position`. */
  lastEventId: z.string().max(128).optional(),
})
export type JoinInput = z.infer<typeof joinInput>

/** Each message's body is checked by itself, so that a bad one is refused and never poisons its batch. */
export const sendInput = z.strictObject({
  roomId,
  messages: z
    .array(z.strictObject({ seq: z.int().min(1).max(Number.MAX_SAFE_INTEGER), body: z.unknown() }))
    .min(1)
    .max(BATCH_MAX_MESSAGES),
})

export interface SendResult {
  /** The highest seq of this presence that the room has now consumed. */
  applied: number
  refused: { seq: number; reason: RefusalReason }[]
}

export interface ChatMessage {
  /** Its position in the log: unique in the room, in the order of speaking. */
  id: string
  peerId: string
  /** Its sender's own number of it, so that a history doesn't say again what was heard (P21). */
  seq?: number
  userId: string
  name: string
  color: number
  text: string
  /** Milliseconds since the epoch, by the server's clock. */
  at: number
}

export type LeftReason = 'left' | 'removed' | 'replaced' | 'ended' | 'expired'

/** Why a snapshot comes instead of the events since the last one seen. */
export type ResetReason = 'log-trimmed' | 'data-lost'

export type RoomEvent =
  | {
      /** First of a new presence, or when the events since the last one can't be had. */
      type: 'snapshot'
      you: { peerId: string; userId: string }
      room: RoomInfo
      /** Everyone inside, oneself included, in the order of joining. */
      peers: Peer[]
      chat: ChatMessage[]
      /** The highest seq of this presence that the room has consumed; 0 if none. */
      applied: number
      reset?: ResetReason
      iceServers: IceServer[]
      /** As the preview's. */
      icePolicy?: 'relay'
      /** What the room is, signed for this member alone, who keeps the newest and brings it along (P55). */
      record?: string
      /** The newest protocol that this server speaks. */
      protocol: number
      instance: string
      now: number
    }
  /** First on a connection that goes on where the last one ended; the missed events follow. */
  | { type: 'resumed'; applied: number; record?: string; instance: string }
  | { type: 'joined'; peer: Peer }
  /** `userId` with `removed`: who may not come back. */
  | { type: 'left'; peerId: string; reason: LeftReason; userId?: string }
  /** `by`: the host's presence, where it was the host who switched something off. */
  | { type: 'state'; peerId: string; state: PeerState; by?: string }
  /** Up since that position, or down. */
  | { type: 'hand'; peerId: string; hand: Position | null }
  | { type: 'reaction'; from: string; seq: number; emoji: Reaction }
  | { type: 'signal'; from: string; seq: number; signal: Signal }
  | { type: 'chat'; from: string; seq: number; message: ChatMessage }
  | { type: 'room'; room: RoomInfo }
  /** The room has changed in something that its record says. */
  | { type: 'record'; record: string }
  /** Nothing for this member happened, but the log has moved on: resume from here. */
  | { type: 'position' }

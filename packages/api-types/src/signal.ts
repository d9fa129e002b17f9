/** What a member says: to one other member (a signal), or to the room. */
import { z } from 'zod'
import { CANDIDATE_MAX_BYTES, CANDIDATES_MAX, REACTIONS, SDP_MAX_BYTES } from './limits.ts'
import { peerId, peerState } from './peer.ts'
import { checkChat } from './text.ts'

const utf8Length = (text: string): number => new TextEncoder().encode(text).length

/** RFC 8829 session description; `rollback` never travels. */
export const description = z.strictObject({
  type: z.enum(['offer', 'answer']),
  sdp: z
    .string()
    .max(SDP_MAX_BYTES)
    .refine((sdp) => utf8Length(sdp) <= SDP_MAX_BYTES),
})

/** RTCIceCandidateInit (W3C webrtc-pc §4.8.1); an empty `candidate` is end-of-candidates. */
export const candidate = z.strictObject({
  candidate: z.string().max(CANDIDATE_MAX_BYTES),
  sdpMid: z.string().max(64).nullable(),
  sdpMLineIndex: z.int().min(0).max(64).nullable(),
  usernameFragment: z.string().max(256).nullable(),
})

/** One step of a negotiation. `gen` is the connection's incarnation: lower is stale, higher replaces it. */
export const signal = z.strictObject({
  gen: z.int().min(0).max(1_000_000),
  description: description.optional(),
  candidates: z.array(candidate).max(CANDIDATES_MAX).optional(),
})
export type Signal = z.infer<typeof signal>
export type SignalDescription = z.infer<typeof description>
export type SignalCandidate = z.infer<typeof candidate>

/** What the host can switch off at somebody else's. */
export const moderation = z.enum(['mute', 'stop-camera', 'lower-hand'])
export type Moderation = z.infer<typeof moderation>

/** The messages that only the host's word carries out (P35). */
export const HOST_MESSAGES = ['lock', 'moderate', 'remove', 'hand-over', 'end'] as const

export const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('signal'), to: peerId, signal }),
  z.strictObject({
    type: z.literal('chat'),
    text: z
      .string()
      .max(8_000)
      .refine((text) => {
        const result = checkChat(text)
        return result.ok && result.value === text
      }, 'text'),
  }),
  z.strictObject({ type: z.literal('state'), state: peerState }),
  /** One's own hand. The host lowers others' with `moderate`. */
  z.strictObject({ type: z.literal('hand'), raised: z.boolean() }),
  z.strictObject({ type: z.literal('reaction'), emoji: z.enum(REACTIONS) }),
  /** From here on for the host only. This one opens and closes the door. */
  z.strictObject({ type: z.literal('lock'), locked: z.boolean() }),
  /** Nobody can be switched on by somebody else. */
  z.strictObject({ type: z.literal('moderate'), to: peerId, action: moderation }),
  /** Keeps the whole user out, for as long as there is the room. */
  z.strictObject({ type: z.literal('remove'), to: peerId }),
  /** Makes somebody else the host. */
  z.strictObject({ type: z.literal('hand-over'), to: peerId }),
  /** Ends the call for everyone. */
  z.strictObject({ type: z.literal('end') }),
])
export type ClientMessage = z.infer<typeof clientMessage>

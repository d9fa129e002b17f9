/** What a member says: to one other member (a signal), or to the room. */
import { z } from 'zod'
import { CANDIDATE_MAX_BYTES, CANDIDATES_MAX, SDP_MAX_BYTES } from './limits.ts'
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
  /** The host opens and closes the door. */
  z.strictObject({ type: z.literal('lock'), locked: z.boolean() }),
])
export type ClientMessage = z.infer<typeof clientMessage>

/** From what a client says to what a backend is asked. */
import { clientMessage, type JoinInput, parseEventId } from '@maru/api-types'
import type { JoinRequest, RoomMessage } from '../backend/backend.ts'
import { peerIdOf, userIdOf } from './identity.ts'

export interface RawMessage {
  seq: number
  body?: unknown
}

/** A body that breaks the schema becomes a refusal of that one message (P32). */
export function checkMessage({ seq, body }: RawMessage): RoomMessage {
  const result = clientMessage.safeParse(body)
  return result.success ? { seq, ...result.data } : { seq, type: 'refused', reason: 'bad-message' }
}

export function joinRequest(input: JoinInput, attempt: number): JoinRequest {
  const { roomId, userSecret, joinSecret, replaces, name, color, state, lastEventId } = input
  const request: JoinRequest = {
    userId: userIdOf(roomId, userSecret),
    peerId: peerIdOf(roomId, joinSecret),
    attempt,
    name,
    color,
    state,
  }
  if (replaces !== undefined) request.replaces = peerIdOf(roomId, replaces)
  // An id that isn't ours is answered like one of an epoch that is gone, with a reset: never a silent gap (P15).
  if (lastEventId !== undefined) {
    request.resumeFrom = parseEventId(lastEventId) ?? { epoch: 'unknown', position: '0-0' }
  }
  return request
}

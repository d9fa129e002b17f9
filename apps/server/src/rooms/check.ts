/** Whose connection check it is (P52): credentials that only last for one go to whom a room lets in. */
import { type CheckInput, RoomError, type UserId } from '@maru/api-types'
import type { RoomSnapshot } from '../backend/backend.ts'
import { userIdOf } from './identity.ts'
import { entryOf } from './room-view.ts'

/** A check takes half a minute; a slow phone twice that. */
export const CHECK_SECONDS = 120

/** All checks outside of rooms share one name, and so one user's quota at the TURN server, however many there are. */
export const CHECK_USER: UserId = 'check'

/** @throws RoomError with what would keep them out */
export function whoChecks(view: RoomSnapshot | undefined, who: NonNullable<CheckInput['room']>): UserId {
  if (!view) throw new RoomError('not-found')
  const userId = userIdOf(who.roomId, who.userSecret)
  if (view.removed.includes(userId)) throw new RoomError('removed')
  // Whoever is inside has longer ones already, also when nobody else may come in.
  if (view.peers.some((peer) => peer.userId === userId)) return userId
  const entry = entryOf(view, { userId, peerId: '' })
  if (entry !== 'open') throw new RoomError(entry === 'full' ? 'room-full' : 'room-locked')
  return userId
}

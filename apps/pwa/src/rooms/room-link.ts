/** A room's address, made and read. */
import { ID_PATTERN } from '@maru/api-types/ids'

export const roomPath = (roomId: string): string => `/r/${roomId}`

export const roomLink = (roomId: string): string => `${location.origin}${roomPath(roomId)}`

export type ReadLink =
  | { kind: 'room'; roomId: string }
  /** A room's link, but of another host: that one has the room, we don't. */
  | { kind: 'other-site'; host: string }
  | { kind: 'invalid' }

/**
 * Reads what somebody pasted: a link with words around it, a link without `https://`, a path, or the id alone.
 * @param origin this app's own, to tell another site's rooms from ours
 */
export function readRoomLink(pasted: string, origin: string): ReadLink {
  const text = pasted.trim()
  if (ID_PATTERN.test(text)) return { kind: 'room', roomId: text }
  const match = /(?:https?:\/\/)?([^\s/]*)\/r\/([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])/u.exec(text)
  if (!match) return { kind: 'invalid' }
  const [, host, roomId] = match
  const ours = new URL(origin).host
  if (host && host !== ours) return { kind: 'other-site', host }
  return { kind: 'room', roomId: roomId! }
}

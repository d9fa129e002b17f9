/** Rooms: how one is made, found and looked into. */
import { z } from 'zod'
import { ID_PATTERN } from './ids.ts'
import { CREATE_KEY, DEFAULT_CAPACITY, MAX_CAPACITY, MIN_CAPACITY, ROOM_NAME } from './limits.ts'
import { type Peer, secret } from './peer.ts'
import { checkName } from './text.ts'

export const roomId = z.string().regex(ID_PATTERN)

export const roomName = z
  .string()
  .max(ROOM_NAME.maxBytes)
  .refine((name) => {
    const result = checkName(name, ROOM_NAME)
    return result.ok && result.value === name
  }, 'name')

/** Any text: whether it is the right one is for the server to say. */
export const createKey = z.string().max(CREATE_KEY.max)

export const createRoomInput = z.strictObject({
  name: roomName,
  /** In the list for everyone, or only for people with the link. */
  listed: z.boolean(),
  capacity: z.int().min(MIN_CAPACITY).max(MAX_CAPACITY).default(DEFAULT_CAPACITY),
  userSecret: secret,
  /** What the server asks of those who make rooms, if it does. */
  key: createKey.optional(),
})
export type CreateRoomInput = z.infer<typeof createRoomInput>

export interface RoomInfo {
  roomId: string
  name: string
  capacity: number
  listed: boolean
  locked: boolean
  /** The userId that owns the room. */
  hostId: string
  /** Milliseconds since the epoch, by the server's clock. */
  createdAt: number
}

/** One line of the list of open rooms. Initials only: never a name or an id of a person. */
export interface RoomRow {
  roomId: string
  name: string
  capacity: number
  count: number
  people: { initials: string; color: number }[]
  /** When the first of the people now inside came, or the room was made. Milliseconds, server's clock. */
  since: number
  locked: boolean
}

/** `rooms` replaces the list, `changed` amends it, `off` says that this server keeps no public list. */
export type RoomListEvent =
  | { type: 'rooms'; rooms: RoomRow[]; now: number }
  | { type: 'changed'; upserts: RoomRow[]; gone: string[] }
  | { type: 'off' }

export const previewInput = z.strictObject({
  roomId,
  userSecret: secret,
  joinSecret: secret,
  /** The join secret of the page load whose place this one will take; it doesn't count against the capacity. */
  replaces: secret.optional(),
})
export type PreviewInput = z.infer<typeof previewInput>

/** An `RTCIceServer` as the browser wants it. */
export interface IceServer {
  urls: string[]
  username?: string
  credential?: string
}

/** What someone at the door is told, again after each change. */
export interface RoomPreview {
  room: RoomInfo
  /** Whether a join would be let in now. */
  entry: 'open' | 'full' | 'locked'
  /** Who is inside; only the number to those whom the lock keeps out. */
  peers: Peer[]
  count: number
  you: { userId: string; peerId: string }
  /** Empty unless `entry` is open. */
  iceServers: IceServer[]
  /** What connections may use; absent is `all`, which is how a server of the version before speaks. */
  icePolicy?: 'relay'
  instance: string
}

/** Who somebody is in one room, without accounts (P2): hashes of their secrets and the room's id. */
import { hash } from 'node:crypto'
import type { PeerId, RoomId, Secret, UserId } from '@maru/api-types'

const truncatedHash = (label: string, roomId: RoomId, secret: Secret): string =>
  hash('sha256', `${label}\0${roomId}\0${secret}`, 'buffer').subarray(0, 16).toString('base64url')

export const userIdOf = (roomId: RoomId, userSecret: Secret): UserId =>
  truncatedHash('maru-user', roomId, userSecret)

export const peerIdOf = (roomId: RoomId, joinSecret: Secret): PeerId =>
  truncatedHash('maru-peer', roomId, joinSecret)

/** Identifiers and how they are made. Nothing here needs zod, so the browser can import it. */

/** 128 random bits, base64url without padding: 22 characters. Knowing it is what lets one enter. */
export type RoomId = string
/** One browser's identity in one room: `trunc128(SHA-256("maru-user\0" + roomId + "\0" + userSecret))`. */
export type UserId = string
/** One page load's presence in one room: `trunc128(SHA-256("maru-peer\0" + roomId + "\0" + joinSecret))`. */
export type PeerId = string
/** 256 random bits, base64url without padding: 43 characters. Never leaves its browser but to the server. */
export type Secret = string
/** Where an event stands in a room's log: a Redis stream id, `<ms>-<n>`; compare with `comparePositions`. */
export type Position = string

export const ID_PATTERN = /^[A-Za-z0-9_-]{22}$/
export const SECRET_PATTERN = /^[A-Za-z0-9_-]{43}$/

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** A fresh room id, 128 bits from the platform's CSPRNG; all but 12 of them where it is to be of a shard. */
export const makeRoomId = (shard = ''): RoomId =>
  shard + base64url(crypto.getRandomValues(new Uint8Array(16))).slice(shard.length)

/** What ids of rooms begin with that a load balancer should keep on one replica (P62). */
export const SHARD_PATTERN = /^[A-Za-z0-9_-]{2}$/
export const shardOf = (roomId: RoomId): string => roomId.slice(0, 2)
export const makeShard = (): string => shardOf(makeRoomId())

/** A fresh user or join secret, 256 bits from the platform's CSPRNG. Works on insecure origins too. */
export const makeSecret = (): Secret => base64url(crypto.getRandomValues(new Uint8Array(32)))

/** Orders two positions of one epoch, as `Array.prototype.sort` wants it. */
export function comparePositions(a: Position, b: Position): number {
  if (a === b) return 0
  // Each message is compared several times. Digits of equal number compare as text.
  if (a.length === b.length && a.indexOf('-') === b.indexOf('-')) return a < b ? -1 : 1
  const [aMs = 0, aN = 0] = a.split('-').map(Number)
  const [bMs = 0, bN = 0] = b.split('-').map(Number)
  return aMs - bMs || aN - bN
}

/** What tRPC carries as `lastEventId`: `epoch:position`, a snapshot's with `:nonce` behind it. */
export const formatEventId = (epoch: string, position: Position, nonce?: string): string =>
  nonce === undefined ? `${epoch}:${position}` : `${epoch}:${position}:${nonce}`

/** The inverse of `formatEventId`; `undefined` for anything that it didn't make. */
export function parseEventId(id: string): { epoch: string; position: Position } | undefined {
  const match = /^([A-Za-z0-9_-]{1,32}):(\d{1,15}-\d{1,10})(?::[A-Za-z0-9_-]{1,32})?$/.exec(id)
  return match ? { epoch: match[1]!, position: match[2]! } : undefined
}

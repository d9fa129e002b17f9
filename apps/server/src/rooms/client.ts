/** What the rules know of a connection, and as whom it has joined which room. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { RoomError } from '@maru/api-types'
import type { Logger } from 'pino'
import type { Member } from './member.ts'

export interface Client {
  /** Rises with each connection of a page load (P8). */
  readonly attempt: number
  /** The signed record of a room that its browser keeps, as it was when it connected. */
  readonly record: string | undefined
  /** What its rooms' ids begin with (P62). */
  readonly shard: string | undefined
  /** Where lines about it go. */
  readonly log: Logger
  /** By room. They outlive the subscription, so that one can leave after unsubscribing. */
  readonly presences: Map<string, Presence>
  /** It has closed its socket because the page goes away. */
  goodbye: boolean
  /** Milliseconds since its last frame. */
  idleMs(): number
  /** Provokes a frame. */
  probe(): void
  /** Cuts the connection. A client that is there comes back on a new one. */
  terminate(): void
}

export interface Presence {
  readonly member: Member
  readonly userId: string
  /** The join's outcome; never rejects. */
  readonly entered: Promise<'entered' | 'refused'>
}

/** Milliseconds that a call waits for the join that travelled with it (P22). */
const JOIN_WAIT = 5_000
/** Presences that a connection may have, counting those whose subscription has ended. */
const MAX_PRESENCES = 8

/** A second join of one room on one connection takes the first one's place: `send` must know who speaks. */
export function remember(client: Client, roomId: string, presence: Presence): void {
  client.presences.get(roomId)?.member.end()
  client.presences.delete(roomId)
  client.presences.set(roomId, presence)
  for (const [oldest, { member }] of client.presences) {
    if (client.presences.size <= MAX_PRESENCES) break
    if (member.ended) client.presences.delete(oldest)
  }
}

/** Waits for the outcome of a join that is on its way. */
export async function outcomeOf({ member, entered }: Presence): Promise<'entered' | 'refused' | 'late'> {
  // Without a timer for each message.
  if (member.entered) return 'entered'
  return Promise.race([entered, sleep(JOIN_WAIT, 'late' as const, { ref: false })])
}

/**
 * The presence that this connection speaks as.
 * @throws RoomError `not-a-member` without one, `unavailable` when its join takes too long
 */
export async function presenceOf(client: Client, roomId: string): Promise<Presence> {
  // In one frame with the join, a call may be looked at before it: let its turn end first.
  if (!client.presences.has(roomId)) await nextTurn()
  const presence = client.presences.get(roomId)
  if (!presence) throw new RoomError('not-a-member')
  const outcome = await outcomeOf(presence)
  if (outcome === 'late') throw new RoomError('unavailable')
  if (outcome === 'refused' || !presence.member.mayAct) throw new RoomError('not-a-member')
  return presence
}

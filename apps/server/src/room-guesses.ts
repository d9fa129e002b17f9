/** Keeps whoever tries out room ids from going on (P61), and nobody else. */
import { RoomError } from '@maru/api-types'
import type { Limits } from './limits.ts'

export interface Lookup {
  addressKey: string
  /** Whether people are in the room through this replica: a guess would have to hit it among 2^128. */
  inUse: boolean
}

/**
 * Whether an address may look for a room. Somebody who shares it with a guesser has to wait only where the room stands
 * empty, or is in use through other replicas alone.
 * @throws RoomError `rate-limited` where it has been wrong too often
 */
export async function mayLook(limits: Limits, { addressKey, inUse }: Lookup): Promise<void> {
  if (!inUse) await limits.demand('room-ids', addressKey)
}

/**
 * Counts it against an address when there is no such room. Afterwards, so that a school that comes back at once isn't
 * taken for one that guesses; some more than the limit may then be wrong at the same time.
 */
export async function countMiss<T>(limits: Limits, addressKey: string, look: Promise<T>): Promise<T> {
  try {
    return await look
  } catch (error) {
    // The answer itself is right: it is the next question that may be refused.
    if (error instanceof RoomError && error.reason === 'not-found')
      await limits.pay('room-ids', addressKey).catch(() => undefined)
    throw error
  }
}

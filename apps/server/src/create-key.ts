/** The key that a server may ask of those who make rooms (P54); guests never hear of it. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { RoomError } from '@maru/api-types'
import { makeGuessLimit } from './edge/limits.ts'

export interface CreateKey {
  readonly required: boolean
  /**
   * Lets pass whoever has the key, and everyone where there is none.
   * @throws RoomError `create-key`; `rate-limited` for whoever guesses, even if right at last
   */
  demand(given: string | undefined, addressKey: string): Promise<void>
}

/** Wrong keys by client address. */
const GUESSES = { points: 10, seconds: 60 }

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export function makeCreateKey(key: string | undefined): CreateKey {
  const expected = key === undefined ? undefined : digest(key)
  const guesses = makeGuessLimit(GUESSES)
  return {
    required: expected !== undefined,
    async demand(given, addressKey) {
      if (!expected) return
      // Not a guess: a page that didn't know of the key.
      if (given === undefined) throw new RoomError('create-key')
      const retryAfterMs = await guesses.take(addressKey)
      if (retryAfterMs > 0) throw new RoomError('rate-limited', { retryAfterMs })
      // Digests are of one length, whatever was given.
      if (!timingSafeEqual(digest(given), expected)) throw new RoomError('create-key')
      await guesses.giveBack(addressKey)
    },
  }
}

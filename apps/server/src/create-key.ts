/** The key that a server may ask of those who make rooms (P54); guests never hear of it. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { RoomError } from '@maru/api-types'
import type { Limits } from './limits.ts'

export interface CreateKey {
  readonly required: boolean
  /**
   * Lets pass whoever has the key, and everyone where there is none.
   * @throws RoomError `create-key`; `rate-limited` for whoever guesses, even if right at last
   */
  demand(given: string | undefined, addressKey: string): Promise<void>
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export function makeCreateKey(key: string | undefined, limits: Limits): CreateKey {
  const expected = key === undefined ? undefined : digest(key)
  return {
    required: expected !== undefined,
    async demand(given, addressKey) {
      if (!expected) return
      // Not a guess: a page that didn't know of the key.
      if (given === undefined) throw new RoomError('create-key')
      // Before it is known, so that many at once aren't many more.
      await limits.pay('create-key', addressKey)
      // Digests are of one length, whatever was given.
      if (!timingSafeEqual(digest(given), expected)) throw new RoomError('create-key')
      await limits.giveBack('create-key', addressKey)
    },
  }
}

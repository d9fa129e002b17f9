/** The keys that room records are signed with: the server's own, or what the replicas have agreed on (P56). */
import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RoomBackend } from '../backend/backend.ts'

export interface RecordKeys {
  /** The first one signs, each of them verifies. Never empty. */
  current(): readonly KeyObject[]
  /** Asks for keys that this replica doesn't have yet, until `isEnough` or there can't be any more. Answers which. */
  lookFurther(isEnough: () => boolean): Promise<boolean>
  close(): void
}

/** Of its own, so that no other use of the same secret tells anything about it (RFC 5869). As an object: each join signs. */
const keyOf = (secret: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'maru room record 1', 32)))

/** @param secrets not empty; the first one signs */
export function fixedKeys(secrets: readonly string[]): RecordKeys {
  const keys = secrets.map(keyOf)
  return { current: () => keys, lookFurther: () => Promise.resolve(false), close: () => undefined }
}

/** Milliseconds between two looks at what the replicas share; each puts back what a store that was emptied has lost. */
const SHARE_EVERY = 2_000
/** How long, and how often, a replica that has just started waits for the key of one that hasn't put it back yet. */
const LOOK_FOR = 3_000
const LOOK_EVERY = 250

/** Keeps the keys in the store that the replicas share and, for when it loses its data, in this process. */
export function sharedKeys(backend: RoomBackend): RecordKeys {
  // Signs until the store has answered, and from then on only if it was the first.
  const own = randomBytes(32).toString('base64url')
  let agreed: readonly string[] = []
  let keys: readonly KeyObject[] = [keyOf(own)]
  let asking: Promise<void> | undefined

  async function share(): Promise<void> {
    const ifNone = agreed.length === 0
    const known = await backend.shareSecrets(ifNone ? [own] : agreed, { ifNone })
    // Kept, for what is signed with it is out there, should the store have lost it in this moment.
    agreed = [...new Set([...known, ...agreed])]
    keys = agreed.map(keyOf)
  }
  const ask = (): Promise<void> =>
    (asking ??= share()
      // Where the store can't be reached its backend says so, and nobody can bring a record anywhere.
      .catch(() => undefined)
      .finally(() => (asking = undefined)))

  void ask()
  const timer = setInterval(() => void ask(), SHARE_EVERY).unref()
  return {
    current: () => keys,
    async lookFurther(isEnough) {
      for (const end = performance.now() + LOOK_FOR; performance.now() < end;) {
        await ask()
        if (isEnough()) return true
        await sleep(LOOK_EVERY, undefined, { ref: false })
      }
      return false
    },
    close: () => clearInterval(timer),
  }
}

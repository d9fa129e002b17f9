/** Which presence this page load is: a new one, the same person after a reload, or a copy of a living tab. */
import { makeSecret, type Secret } from '@maru/api-types/ids'
import { callKey } from '../storage.ts'

export interface Devices {
  mic: boolean
  camera: boolean
}

type Arrival =
  | { kind: 'fresh' }
  /** The page was in the call a moment ago: straight back in, with these devices on. */
  | { kind: 'reload'; devices: Devices }
  /** The tab that this one was copied from is alive and in the call. */
  | { kind: 'duplicate'; devices: Devices }

export interface Session {
  arrival: Arrival
  /** Of this presence; `renew` makes another one. */
  readonly joinSecret: Secret
  /** The presence whose place this one takes. */
  readonly replaces: Secret | undefined
  /** The room's record, as the page before kept it (P55). */
  readonly record: string | undefined
  /** A new presence of the same tab, in the place of the one before. */
  renew(): Promise<void>
  /** After `duplicate`: takes the other tab's place, or stands beside it. */
  decide(move: boolean): void
  /** In the call from now on, with these devices on: what a reload comes back with. */
  remember(devices: Devices): void
  /** Keeps the room's record for the page after this one. */
  keep(record: string): void
  /** Out of the call: a reload comes to the door. */
  forget(): void
  close(): void
}

interface Stored extends Devices {
  joinSecret: Secret
  /** `Date.now()` when the page was last known to be in the call. */
  seenAt: number
  record?: string
}

export interface SessionOptions {
  storage: Storage
  /** Missing on insecure origins: then every copy counts as a reload. */
  locks: LockManager | undefined
  /** Milliseconds that the reloaded page's lock may take to be free again. */
  patience?: number
}

/** A tab that is restored later than this comes to the door: nobody wants to be on air at once the next morning. */
const RELOAD_MS = 30_000
const HEARTBEAT_MS = 10_000

const lockName = (secret: Secret) => `maru-join-${secret}`

/** Takes a Web Lock and keeps it until the page is gone (or `signal` aborts). Resolves with whether it was granted. */
function hold(
  locks: LockManager,
  secret: Secret,
  { patience, until }: { patience: number; until: AbortSignal },
) {
  return new Promise<boolean>((resolve) => {
    const giveUp = new AbortController()
    const timer = setTimeout(() => giveUp.abort(), patience)
    locks
      .request(lockName(secret), { signal: giveUp.signal }, () => {
        clearTimeout(timer)
        resolve(true)
        return new Promise<void>((release) =>
          until.addEventListener('abort', () => release(), { once: true }),
        )
      })
      .catch(() => resolve(false))
  })
}

function read(storage: Storage, key: string): Stored | undefined {
  try {
    const stored = JSON.parse(storage.getItem(key) ?? 'null') as Partial<Stored> | null
    if (typeof stored?.joinSecret !== 'string' || typeof stored.seenAt !== 'number') return undefined
    return {
      joinSecret: stored.joinSecret,
      seenAt: stored.seenAt,
      mic: stored.mic === true,
      camera: stored.camera === true,
      ...(typeof stored.record === 'string' && { record: stored.record }),
    }
  } catch {
    return undefined
  }
}

/**
 * A duplicated tab gets a copy of `sessionStorage`, so what is stored there proves nothing. The page that is in the
 * call holds a Web Lock named after its secret; whoever can take that lock is its successor.
 */
export async function openSession(roomId: string, options: SessionOptions): Promise<Session> {
  const { storage, locks, patience = 600 } = options
  const key = callKey(roomId)
  const ended = new AbortController()
  const stored = read(storage, key)
  let devices: Devices | undefined
  let record = stored?.record
  let joinSecret = makeSecret()
  let replaces: Secret | undefined
  let arrival: Arrival = { kind: 'fresh' }

  if (stored) {
    const successor = !locks || (await hold(locks, stored.joinSecret, { patience, until: ended.signal }))
    const { mic, camera } = stored
    if (!successor) arrival = { kind: 'duplicate', devices: { mic, camera } }
    else if (Date.now() - stored.seenAt < RELOAD_MS) arrival = { kind: 'reload', devices: { mic, camera } }
    if (successor) replaces = stored.joinSecret
  }
  let held = false
  const write = () => {
    // A copy of what is stored must find the lock taken.
    if (!devices || !held) return
    const value: Stored = { joinSecret, seenAt: Date.now(), ...devices, ...(record && { record }) }
    try {
      storage.setItem(key, JSON.stringify(value))
    } catch {
      // Storage is full or forbidden: a reload will come to the door.
    }
  }
  const take = async () => {
    held = false
    if (locks) await hold(locks, joinSecret, { patience, until: ended.signal })
    held = true
    write()
  }
  const taken = take()
  // Whoever is here for the first time needn't wait: 35 ms on a busy machine.
  if (stored) await taken
  const heartbeat = setInterval(write, HEARTBEAT_MS)
  globalThis.addEventListener?.('pagehide', write, { signal: ended.signal })

  return {
    arrival,
    get joinSecret() {
      return joinSecret
    },
    get replaces() {
      return replaces
    },
    async renew() {
      replaces = joinSecret
      joinSecret = makeSecret()
      await take()
    },
    decide(move) {
      replaces = move ? stored?.joinSecret : undefined
    },
    record,
    keep(newest) {
      record = newest
      write()
    },
    remember(next) {
      devices = { mic: next.mic, camera: next.camera }
      write()
    },
    forget() {
      devices = undefined
      storage.removeItem(key)
    },
    close() {
      clearInterval(heartbeat)
      ended.abort()
    },
  }
}

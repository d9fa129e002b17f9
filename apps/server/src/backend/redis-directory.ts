/** The list of open rooms in Redis: written by all replicas, swept by each that watches it. */
import type { RoomRow } from '@maru/api-types'
import type { DirectoryListener, RoomBackend } from './backend.ts'
import type { Tell } from './listeners.ts'
import { loadScript, type RedisConnection } from './redis-connection.ts'
import { makeFollower } from './redis-follower.ts'
import type { RedisSubscriber } from './redis-subscriber.ts'

export interface RedisDirectoryOptions {
  connection: RedisConnection
  subscriber: RedisSubscriber
  tell: Tell
}

export interface RedisDirectory extends Pick<RoomBackend, 'putRow' | 'watchDirectory'> {
  close(): void
}

interface PublishedChange {
  prev: string
  head: string
  upserts: RoomRow[]
  gone: string[]
}

// One hash tag for the list, another than any room's: a script never touches both.
const KEYS = ['{rooms}:rows', '{rooms}:versions', '{rooms}:deadlines', '{rooms}:head']
const CHANNEL = '{rooms}:rows:changes'

const PUT_ROW = loadScript('directory', 'put-row')
const READ_ROWS = loadScript('directory', 'read-rows')
const SWEEP_ROWS = loadScript('directory', 'sweep-rows')

/** Milliseconds between two sweeps. */
const SWEEP_EVERY = 1_000

export function makeRedisDirectory(options: RedisDirectoryOptions): RedisDirectory {
  const { connection } = options
  /** While anyone watches. */
  let followed: Followed | undefined

  return {
    async putRow(row, { version, deadlineMs }) {
      const args = [row.roomId, JSON.stringify(row), version, String(Math.ceil(deadlineMs))]
      await connection.run(PUT_ROW, { keys: KEYS, args })
    },
    async watchDirectory(listener) {
      const list = (followed ??= followRows(options))
      // Of its own for each call, so that one listener may watch twice.
      const own: DirectoryListener = {
        rows: (rows) => listener.rows(rows),
        changed: (change) => listener.changed(change),
      }
      list.add(own)
      const unwatch = (): void => {
        list.listeners.delete(own)
        if (list.listeners.size > 0 || followed !== list) return
        followed = undefined
        list.stop()
      }
      try {
        await list.started
      } catch (error) {
        unwatch()
        throw error
      }
      return unwatch
    },
    close() {
      followed?.stop()
      followed = undefined
    },
  }
}

interface Followed {
  readonly started: Promise<void>
  readonly listeners: Set<DirectoryListener>
  add(listener: DirectoryListener): void
  stop(): void
}

/** Follows the list for all who watch it here. */
function followRows({ connection, subscriber, tell }: RedisDirectoryOptions): Followed {
  const listeners = new Set<DirectoryListener>()
  const rows = new Map<string, RoomRow>()
  /** The number of the last change that is in `rows`. */
  let known = ''

  function apply(published: string): boolean {
    const { prev, head, upserts, gone } = JSON.parse(published) as PublishedChange
    if (Number(head) <= Number(known)) return true
    if (prev !== known) return false
    known = head
    for (const row of upserts) rows.set(row.roomId, row)
    for (const roomId of gone) rows.delete(roomId)
    tell(listeners, (listener) => listener.changed({ upserts, gone }))
    return true
  }

  async function read(): Promise<void> {
    const reply = await connection.run(READ_ROWS, { keys: KEYS, args: [] })
    const [, head, stored] = reply as ['ok', string, string[]]
    if (head === known) return
    known = head
    rows.clear()
    for (const text of stored) {
      const row = JSON.parse(text) as RoomRow
      rows.set(row.roomId, row)
    }
    tell(listeners, (listener) => listener.rows([...rows.values()]))
  }

  const follower = makeFollower({ subscriber, channel: CHANNEL, apply, read })
  const stopSweeping = sweepRegularly(connection, {
    known: () => known,
    onBehind: () => follower.catchUp(),
  })
  return {
    started: follower.started,
    listeners,
    add(listener) {
      listeners.add(listener)
      // The first reading tells those who came before it.
      if (known !== '') tell([listener], () => listener.rows([...rows.values()]))
    },
    stop() {
      stopSweeping()
      follower.stop()
    },
  }
}

/**
 * Sweeps the list. Its answer tells the last change's number: when it is not the known one twice in a row,
 * then this isn't a change on its way here, but one that was never heard.
 */
function sweepRegularly(
  connection: RedisConnection,
  { known, onBehind }: { known: () => string; onBehind: () => void },
): () => void {
  let behindAt: string | undefined
  async function sweep(): Promise<void> {
    const [, head] = (await connection.run(SWEEP_ROWS, { keys: KEYS, args: [] })) as ['ok', string]
    if (head === known()) behindAt = undefined
    else if (behindAt === known()) onBehind()
    else behindAt = known()
  }
  // Where Redis isn't there, nothing can be swept, and the subscriber's return brings a full reading.
  const timer = setInterval(() => void sweep().catch(() => undefined), SWEEP_EVERY).unref()
  return () => clearInterval(timer)
}

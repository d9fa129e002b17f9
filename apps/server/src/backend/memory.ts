/** The embedded backend: one process, no dependency; what it holds ends with it. */
import { randomBytes } from 'node:crypto'
import { RoomError, type RoomInfo } from '@maru/api-types'
import {
  type BackendTimes,
  DEFAULT_TIMES,
  type JoinRequest,
  type LogEntry,
  type RoomBackend,
  type RoomListener,
  type RoomRecord,
} from './backend.ts'
import { SHARED_SECRETS_MAX } from './limits.ts'
import { type KeyedLimit, makeLocalLimit } from './keyed-limit.ts'
import { type BackendLogger, makeTell, type Tell } from './listeners.ts'
import { MemoryDirectory } from './memory-directory.ts'
import { MemoryRoom } from './memory-room.ts'

export interface MemoryBackendOptions {
  times?: BackendTimes
  /** The clock, milliseconds; for tests. */
  now?: () => number
  logger?: BackendLogger
}

/** How often data past its time is deleted and rows past their deadline are reported, milliseconds. */
const HOUSEKEEPING = 500

export function createMemoryBackend(options: MemoryBackendOptions = {}): RoomBackend {
  const { times = DEFAULT_TIMES, now = Date.now } = options
  const tell = makeTell(options.logger)
  const rooms = new Map<string, MemoryRoom>()
  const listeners = makeListeners(tell)
  const directory = new MemoryDirectory(now, tell)
  let secrets: string[] = []
  const limits = new Map<string, KeyedLimit>()
  let closed = false

  const housekeeping = setInterval(() => {
    directory.sweep()
    for (const roomId of rooms.keys()) find(roomId)?.tidy()
  }, HOUSEKEEPING).unref()

  function find(roomId: string): MemoryRoom | undefined {
    if (closed) throw new RoomError('unavailable')
    const room = rooms.get(roomId)
    if (!room?.isGone()) return room
    rooms.delete(roomId)
    listeners.reset(roomId)
    return undefined
  }

  function make(info: RoomInfo, record?: RoomRecord): MemoryRoom {
    const { roomId } = info
    const epoch = randomBytes(9).toString('base64url')
    const onEntry = (entry: LogEntry): void => listeners.tell(roomId, entry)
    const room = new MemoryRoom(info, { epoch, times, now, onEntry, ...(record && { record }) })
    rooms.set(roomId, room)
    return room
  }

  return {
    kind: 'memory',
    async createRoom(info) {
      if (!find(info.roomId)) make(info)
    },
    async readRoom(roomId) {
      return find(roomId)?.read()
    },
    async join(roomId, request: JoinRequest) {
      const { record } = request
      const room = find(roomId) ?? (record && make(record.room, record))
      if (!room) throw new RoomError('not-found')
      return room.join(request)
    },
    async send(roomId, session, messages) {
      const room = find(roomId)
      if (!room) throw new RoomError('not-a-member')
      return room.send(session, messages)
    },
    async leave(roomId, session) {
      find(roomId)?.leave(session)
    },
    async shortenLease(roomId, session) {
      find(roomId)?.shortenLease(session)
    },
    async renew(requests) {
      return requests.map(({ roomId, sessions }) => ({
        roomId,
        lost: find(roomId)?.renew(sessions) ?? sessions.map(({ peerId }) => peerId),
      }))
    },
    async watchRoom(roomId, listener) {
      find(roomId)
      return listeners.add(roomId, listener)
    },
    async putRow(row, rowOptions) {
      if (closed) throw new RoomError('unavailable')
      directory.put(row, rowOptions)
    },
    async watchDirectory(listener) {
      if (closed) throw new RoomError('unavailable')
      return directory.watch(listener)
    },
    async shareSecrets(more, { ifNone }) {
      if (closed) throw new RoomError('unavailable')
      const known = ifNone && secrets.length > 0 ? [] : more
      secrets = [...new Set([...secrets, ...known])].slice(-SHARED_SECRETS_MAX)
      return secrets
    },

    makeLimit(name, rate) {
      const made = limits.get(name) ?? makeLocalLimit(rate)
      limits.set(name, made)
      return made
    },
    backSince: () => -Infinity,
    async ping() {
      if (closed) throw new RoomError('unavailable')
    },
    async close() {
      closed = true
      clearInterval(housekeeping)
      rooms.clear()
      listeners.clear()
      directory.clear()
    },
  }
}

interface Follower {
  listener: RoomListener
  /** Logged and not delivered yet. */
  waiting: LogEntry[]
}

/**
 * Who follows which room. Entries are delivered in a microtask after the step that logged them: a listener
 * may then call the backend without finding it in the middle of that step, as it may with Redis.
 */
function makeListeners(tell: Tell) {
  const byRoom = new Map<string, Set<Follower>>()

  const isFollowing = (follower: Follower, roomId: string): boolean =>
    byRoom.get(roomId)?.has(follower) ?? false

  function deliver(follower: Follower, roomId: string): void {
    const entries = follower.waiting
    follower.waiting = []
    if (entries.length > 0 && isFollowing(follower, roomId)) {
      tell([follower.listener], (listener) => listener.entries(entries))
    }
  }

  return {
    add(roomId: string, listener: RoomListener) {
      const follower: Follower = { listener, waiting: [] }
      const followers = byRoom.get(roomId) ?? new Set()
      byRoom.set(roomId, followers.add(follower))
      return () => {
        followers.delete(follower)
        if (followers.size === 0 && byRoom.get(roomId) === followers) byRoom.delete(roomId)
      }
    },
    tell(roomId: string, entry: LogEntry) {
      for (const follower of byRoom.get(roomId) ?? []) {
        if (follower.waiting.push(entry) === 1) queueMicrotask(() => deliver(follower, roomId))
      }
    },
    reset(roomId: string) {
      for (const follower of byRoom.get(roomId) ?? []) {
        follower.waiting = []
        queueMicrotask(() => {
          if (isFollowing(follower, roomId))
            tell([follower.listener], (listener) => listener.reset('data-lost'))
        })
      }
    },
    clear() {
      byRoom.clear()
    },
  }
}

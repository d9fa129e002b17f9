/** Follows rooms' logs in Redis: each entry once, in order, none left out; or else a reset. */
import { comparePositions, type Position, type ResetReason } from '@maru/api-types'
import type { LogEntry, RoomListener, Unwatch } from './backend.ts'
import type { Tell } from './listeners.ts'
import { NO_POSITION } from './positions.ts'
import { type Follower, makeFollower } from './redis-follower.ts'
import { type LogReading, readPublished } from './redis-replies.ts'
import type { RedisSubscriber } from './redis-subscriber.ts'

export interface RoomWatchOptions {
  subscriber: RedisSubscriber
  channelOf: (roomId: string) => string
  /** The entries after a position; none of them where it is undefined. */
  readLog: (roomId: string, after: Position | undefined) => Promise<LogReading>
  tell: Tell
  /** Something was in the log that hadn't been heard. */
  gapFilled(): void
}

export interface RoomWatch {
  watch(roomId: string, listener: RoomListener): Promise<Unwatch>
  /** What another answer told about a log, if there is any: where it differs, something wasn't heard. */
  compare(roomId: string, seen: LogHead | undefined): void
  close(): void
}

interface LogHead {
  epoch: string
  head: Position
}

/** Where the listeners of a room stand. `absent`: there is no such room; a new one's log begins after '0-0'. */
type Standing =
  { kind: 'new' } | { kind: 'absent' } | { kind: 'following'; epoch: string; position: Position }

function positionOf(standing: Standing): Position | undefined {
  switch (standing.kind) {
    case 'new':
      return undefined
    case 'absent':
      return NO_POSITION
    case 'following':
      return standing.position
  }
}

interface Followed {
  readonly listeners: Set<RoomListener>
  readonly follower: Follower
  isBehind(seen: LogHead | undefined): boolean
}

export function makeRoomWatch(options: RoomWatchOptions): RoomWatch {
  const rooms = new Map<string, Followed>()

  return {
    async watch(roomId, listener) {
      const room = rooms.get(roomId) ?? followRoom(roomId, options)
      rooms.set(roomId, room)
      // Of its own for each call, so that one listener may watch twice.
      const own: RoomListener = {
        entries: (entries) => listener.entries(entries),
        reset: (reason) => listener.reset(reason),
      }
      room.listeners.add(own)
      const unwatch = (): void => {
        room.listeners.delete(own)
        if (room.listeners.size > 0 || rooms.get(roomId) !== room) return
        rooms.delete(roomId)
        room.follower.stop()
      }
      try {
        await room.follower.started
      } catch (error) {
        unwatch()
        throw error
      }
      return unwatch
    },
    compare(roomId, seen) {
      const room = rooms.get(roomId)
      if (room?.isBehind(seen)) room.follower.catchUp()
    },
    close() {
      for (const { follower } of rooms.values()) follower.stop()
      rooms.clear()
    },
  }
}

/** Follows one room for all who listen to it here. */
function followRoom(roomId: string, options: RoomWatchOptions): Followed {
  const { subscriber, channelOf, readLog, tell, gapFilled } = options
  const listeners = new Set<RoomListener>()
  let standing: Standing = { kind: 'new' }

  function advance(next: Standing, entries: LogEntry[]): void {
    standing = next
    if (entries.length > 0) tell(listeners, (listener) => listener.entries(entries))
  }

  function reset(next: Standing, reason: ResetReason): void {
    standing = next
    tell(listeners, (listener) => listener.reset(reason))
  }

  function apply(published: string): boolean {
    const { epoch, prev, entries } = readPublished(published)
    const last = entries.at(-1)
    if (!last || standing.kind !== 'following' || standing.epoch !== epoch) return false
    if (comparePositions(last.position, standing.position) <= 0) return true
    if (prev !== standing.position) return false
    advance({ ...standing, position: last.position }, entries)
    return true
  }

  async function read(): Promise<void> {
    const from = standing
    const log = await readLog(roomId, positionOf(from))
    if (!log.found) {
      if (from.kind === 'following') reset({ kind: 'absent' }, 'data-lost')
      else standing = { kind: 'absent' }
      return
    }
    const { epoch, head, missed } = log
    const here: Standing = { kind: 'following', epoch, position: head }
    if (from.kind === 'following' && from.epoch !== epoch) reset(here, 'data-lost')
    else if (typeof missed === 'string') reset(here, missed)
    else {
      if (from.kind === 'following' && missed.length > 0) gapFilled()
      advance(here, missed)
    }
  }

  return {
    listeners,
    follower: makeFollower({ subscriber, channel: channelOf(roomId), apply, read }),
    isBehind(seen) {
      if (standing.kind !== 'following') return seen !== undefined
      return seen?.epoch !== standing.epoch || comparePositions(seen.head, standing.position) > 0
    },
  }
}

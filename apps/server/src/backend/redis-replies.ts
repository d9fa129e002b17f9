/** What the room scripts answer and publish, read back into the contract's words. */
import type { Peer, Position, ResetReason, RoomInfo } from '@maru/api-types'
import type { LogEntry, LogEvent, RoomSnapshot } from './backend.ts'
import { millisecondsOf } from './positions.ts'
import type { Reply } from './redis-connection.ts'
import type { Revision } from './revisions.ts'

/** An event as the log keeps it: some leave out what the entry's position or the room says already. */
type StoredEvent =
  | Exclude<LogEvent, { type: 'chat' | 'room' | 'hand' | 'left' }>
  | (Extract<LogEvent, { type: 'left' }> & { revision?: Revision })
  | { type: 'hand'; peerId: string; raised: boolean }
  | { type: 'chat'; from: string; seq: number; text: string; author: Pick<Peer, 'userId' | 'name' | 'color'> }
  | {
      type: 'room'
      info: Omit<RoomInfo, 'locked'>
      locked: boolean
      /** Missing in what the version before has logged. */
      revision?: Revision
      removed?: string[]
    }

export interface PublishedStep {
  epoch: string
  /** The position before the first entry. */
  prev: Position
  entries: LogEntry[]
}

/** What `read-log.lua` answers. */
export type LogReading =
  { found: false } | { found: true; epoch: string; head: Position; missed: LogEntry[] | ResetReason }

function toEntry(position: Position, stored: StoredEvent): LogEntry {
  switch (stored.type) {
    case 'chat': {
      const { from, seq, text, author } = stored
      const message = { id: position, peerId: from, seq, ...author, text, at: millisecondsOf(position) }
      return { position, event: { type: 'chat', from, seq, message } }
    }
    case 'room': {
      const { type, info, locked, revision, removed } = stored
      const entry: LogEntry = { position, event: { type, room: { ...info, locked } } }
      if (revision !== undefined) entry.revision = revision
      if (removed) entry.removed = removed
      return entry
    }
    case 'left': {
      const { revision, ...event } = stored
      return { position, event, ...(revision !== undefined && { revision }) }
    }
    case 'hand': {
      const { type, peerId, raised } = stored
      return { position, event: { type, peerId, hand: raised ? position : null } }
    }
    default:
      return { position, event: stored }
  }
}

/** Entries of a stream: `[[id, ['event', json, …]], …]`. */
export function readEntries(reply: Reply): LogEntry[] {
  return (reply as [Position, string[]][]).map(([position, fields]) =>
    toEntry(position, JSON.parse(fields[1]!) as StoredEvent),
  )
}

export function readPublished(text: string): PublishedStep {
  const step = JSON.parse(text) as { epoch: string; prev: Position; entries: [Position, StoredEvent][] }
  return { ...step, entries: step.entries.map(([position, stored]) => toEntry(position, stored)) }
}

export function readSnapshot(reply: Reply): RoomSnapshot {
  const [epoch, position, info, locked, since, peers, removed, revision] = reply as [
    ...[string, Position, string, string, string],
    ...[string[], string[], Revision],
  ]
  return {
    epoch,
    position,
    room: { ...(JSON.parse(info) as Omit<RoomInfo, 'locked'>), locked: locked === '1' },
    peers: readPeers(peers),
    removed: removed.toSorted(),
    revision,
    since: Number(since),
  }
}

/** Each is `<number of its join> <JSON>`. */
function readPeers(stored: string[]): Peer[] {
  return stored
    .map((text) => {
      const space = text.indexOf(' ')
      return { order: Number(text.slice(0, space)), peer: JSON.parse(text.slice(space + 1)) as Peer }
    })
    .sort((a, b) => a.order - b.order)
    .map(({ peer }) => peer)
}

export function readLogReading(reply: Reply): LogReading {
  if (reply[0] !== 'ok') return { found: false }
  const [, epoch, head, missed] = reply as ['ok', string, Position, ResetReason | Reply]
  return { found: true, epoch, head, missed: typeof missed === 'string' ? missed : readEntries(missed) }
}

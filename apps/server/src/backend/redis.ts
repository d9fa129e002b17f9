/** Rooms in Redis: each operation is one script, so that any number of replicas behave as one. */
import { randomBytes } from 'node:crypto'
import {
  CHAT_HISTORY,
  type RefusalReason,
  type ResetReason,
  RoomError,
  type RoomErrorReason,
  type RoomInfo,
} from '@maru/api-types'
import {
  type BackendTimes,
  DEFAULT_TIMES,
  type JoinRequest,
  type JoinResult,
  type RenewResult,
  type RoomBackend,
  type RoomMessage,
  type Session,
} from './backend.ts'
import type { BackendCounts } from './counts.ts'
import { LOG_MAX_BYTES, REMEMBER_PRESENCE, RESTORE_WITHIN, SHARED_SECRETS_MAX } from './limits.ts'
import { type BackendLogger, makeTell } from './listeners.ts'
import { connectRedis, loadScript, type Reply, type Script } from './redis-connection.ts'
import { makeRedisDirectory } from './redis-directory.ts'
import { readEntries, readLogReading, readSnapshot } from './redis-replies.ts'
import { connectSubscriber } from './redis-subscriber.ts'
import { FIRST_REVISION } from './revisions.ts'
import { makeRoomWatch } from './redis-watch.ts'

export interface RedisBackendOptions {
  /** `redis://` or `rediss://`, with user, password and database as they come. */
  url: string
  times?: BackendTimes
  logger?: BackendLogger
  counts?: BackendCounts
}

const CREATE_ROOM = loadScript('room', 'restore', 'create-room')
const READ_ROOM = loadScript('room', 'read-room')
const JOIN = loadScript('room', 'restore', 'join')
const SEND = loadScript('room', 'send')
const LEAVE = loadScript('room', 'leave')
const SHORTEN_LEASE = loadScript('room', 'shorten-lease')
const RENEW = loadScript('room', 'renew')
const READ_LOG = loadScript('room', 'read-log')
const SHARE_SECRETS = loadScript('share-secrets')
const SECRETS = '{records}:secrets'

/** The braces make a cluster keep all of a room's keys in one place. */
const keysOf = (roomId: string): string[] =>
  ['', ':peers', ':leases', ':sessions', ':seq', ':log', ':chat', ':past', ':users', ':removed'].map(
    (key) => `{room:${roomId}}${key}`,
  )
const channelOf = (roomId: string): string => `{room:${roomId}}:events`

/** Returns at once, also when Redis isn't there: it goes on trying, and says `unavailable` meanwhile. */
export function createRedisBackend(options: RedisBackendOptions): RoomBackend {
  const { url, times = DEFAULT_TIMES, logger, counts } = options
  const connection = connectRedis(url, { logger, counts })
  const subscriber = connectSubscriber(url, logger)
  const tell = makeTell(logger)
  const directory = makeRedisDirectory({ connection, subscriber, tell })
  const watch = makeRoomWatch({
    subscriber,
    channelOf,
    tell,
    gapFilled: () => counts?.gapFilled(),
    readLog: async (roomId, after) =>
      readLogReading(await connection.run(READ_LOG, callOf(roomId, [after ?? '']))),
  })

  // The scripts' common arguments, in the order of `lua/room.lua`.
  const common = [
    times.lease,
    times.closingLease,
    times.log,
    LOG_MAX_BYTES,
    times.emptyData,
    times.room,
    REMEMBER_PRESENCE,
    RESTORE_WITHIN,
  ].map(String)
  const callOf = (roomId: string, args: (string | number)[]) => ({
    keys: keysOf(roomId),
    args: [...common, ...args.map(String)],
  })

  /** Runs a script that answers `ok` and more, or why not. */
  async function run(script: Script, roomId: string, args: (string | number)[]): Promise<Reply> {
    const reply = await connection.run(script, callOf(roomId, args))
    if (reply[0] !== 'ok') throw new RoomError(reply[0] as RoomErrorReason)
    return reply
  }

  return {
    kind: 'redis',
    async createRoom(room) {
      await run(CREATE_ROOM, room.roomId, [...roomArguments(room), FIRST_REVISION, makeEpoch()])
    },
    async readRoom(roomId) {
      const reply = await connection.run(READ_ROOM, callOf(roomId, []))
      return reply[0] === 'ok' ? readSnapshot(reply[1] as Reply) : undefined
    },
    async join(roomId, request) {
      return readJoinResult(await run(JOIN, roomId, joinArguments(request)))
    },
    async send(roomId, session, messages) {
      const args = messages.flatMap((message) => messageArguments(session, message))
      const reply = await run(SEND, roomId, [session.peerId, session.attempt, CHAT_HISTORY, ...args])
      const [, applied, ...refusals] = reply as ['ok', string, ...string[]]
      return { applied: Number(applied), refused: readRefusals(refusals) }
    },
    async leave(roomId, session) {
      await run(LEAVE, roomId, [session.peerId, session.attempt])
    },
    async shortenLease(roomId, session) {
      await run(SHORTEN_LEASE, roomId, [session.peerId, session.attempt])
    },
    async renew(requests) {
      const calls = requests.map(({ roomId, sessions }) =>
        callOf(
          roomId,
          sessions.flatMap(({ peerId, attempt, idleMs }) => [peerId, attempt, Math.floor(idleMs)]),
        ),
      )
      const replies = await connection.runAll(RENEW, calls)
      return requests.map(({ roomId, sessions }, index): RenewResult => {
        const [status, epoch, head, ...lost] = replies[index] as [string, string, string, ...string[]]
        const found = status === 'ok'
        watch.compare(roomId, found ? { epoch, head } : undefined)
        return { roomId, lost: found ? lost : sessions.map(({ peerId }) => peerId) }
      })
    },
    watchRoom: (roomId, listener) => watch.watch(roomId, listener),
    putRow: (row, options) => directory.putRow(row, options),
    watchDirectory: (listener) => directory.watchDirectory(listener),
    async shareSecrets(secrets, { ifNone }) {
      const args = [ifNone ? 1 : 0, SHARED_SECRETS_MAX, times.room * 2, ...secrets].map(String)
      return (await connection.run(SHARE_SECRETS, { keys: [SECRETS], args })) as string[]
    },
    makeLimit: (name, rate) => connection.makeLimit({ name, ...rate }),
    backSince: () => connection.backSince(),
    ping: () => connection.ping(),
    async close() {
      directory.close()
      watch.close()
      subscriber.close()
      connection.close()
    },
  }
}

const makeEpoch = (): string => randomBytes(9).toString('base64url')

/** A room as the scripts take it. */
const roomArguments = ({ locked, ...info }: RoomInfo): (string | number)[] => [
  JSON.stringify(info),
  locked ? 1 : 0,
  info.capacity,
  info.hostId,
]

/** In the order of `lua/join.lua`. */
function joinArguments(request: JoinRequest): (string | number)[] {
  const {
    peerId,
    userId,
    name,
    color,
    state,
    attempt,
    replaces = '',
    resumeFrom,
    wasInside,
    record,
  } = request
  const peer = JSON.stringify({ peerId, userId, name, color, state })
  const resume = [resumeFrom?.epoch ?? '', resumeFrom?.position ?? '']
  const before = [wasInside?.revision ?? '', wasInside?.epoch ?? '']
  const args = [peerId, attempt, userId, peer, replaces, ...resume, ...before]
  if (!record) return args
  const { room, revision, epoch, removed } = record
  return [...args, makeEpoch(), revision, epoch, ...roomArguments(room), ...removed]
}

function readJoinResult(reply: Reply): JoinResult {
  const [, type, stored, appliedText, entries, reset] = reply as [
    ...['ok', JoinResult['type'], Reply, string, Reply],
    ResetReason | '' | undefined,
  ]
  const snapshot = readSnapshot(stored)
  const applied = Number(appliedText)
  if (type === 'resumed') return { type, snapshot, missed: readEntries(entries), applied }
  const chat = readEntries(entries).flatMap(({ event }) => (event.type === 'chat' ? [event.message] : []))
  return { type, snapshot, chat, applied, ...(reset && { reset }) }
}

/** In the order of `lua/send.lua`. */
function messageArguments({ peerId: from }: Session, message: RoomMessage): (string | number)[] {
  const { seq, type } = message
  switch (type) {
    case 'signal': {
      const { to, signal } = message
      return [seq, type, to, JSON.stringify({ type, to, from, seq, signal })]
    }
    case 'chat':
      return [seq, type, '', JSON.stringify(message.text)]
    case 'state': {
      const { state } = message
      return [seq, type, JSON.stringify(state), JSON.stringify({ type, peerId: from, state })]
    }
    case 'hand':
      return [seq, type, message.raised ? 1 : 0, '']
    case 'reaction': {
      const { emoji } = message
      return [seq, type, '', JSON.stringify({ type, from, seq, emoji })]
    }
    case 'lock':
      return [seq, type, message.locked ? 1 : 0, '']
    case 'moderate':
      return [seq, type, message.to, message.action]
    case 'remove':
    case 'hand-over':
      return [seq, type, message.to, '']
    case 'end':
      return [seq, type, '', '']
    case 'refused':
      return [seq, type, message.reason, '']
  }
}

/** Pairs of seq and reason. */
function readRefusals(pairs: string[]): { seq: number; reason: RefusalReason }[] {
  const refused = []
  for (let i = 0; i < pairs.length; i += 2) {
    refused.push({ seq: Number(pairs[i]), reason: pairs[i + 1] as RefusalReason })
  }
  return refused
}

/** The WebSocket server: which connections there are, what each is held to, and how they end. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { RECORD_MAX_LENGTH, type ServerInfo, SHARD_PATTERN } from '@maru/api-types'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { Calls } from './calls.ts'
import type { CreateKey } from './create-key.ts'
import { Connection } from './edge/connection.ts'
import type { Metrics } from './metrics.ts'
import type { Rooms } from './rooms.ts'
import type { Limits } from './limits.ts'

export interface SocketServer {
  /** Takes over an upgrade that the gate has let in. `onClose` is called once, whatever becomes of it. */
  accept(upgrade: Upgrade, onClose: () => void): void
  /** Tells every browser to come back on a new connection; this one serves on until then. */
  askToMove(): void
  readonly size: number
  /** Closes what is still open. */
  close(): Promise<void>
}

export interface Upgrade {
  request: IncomingMessage
  stream: Duplex
  head: Buffer
  addressKey: string
}

export interface SocketOptions {
  rooms: Rooms
  createKey: CreateKey
  limits: Limits
  info: ServerInfo
  logger: Logger
  counts: Pick<Metrics, 'cut' | 'rateLimited'>
  /** Milliseconds within which a new connection says something. */
  firstFrameMs?: number
  /** Milliseconds: a connection that was quiet for so long is asked whether it is there; for twice as long, it is cut. */
  askAfterMs?: number
}

export function createSocketServer(options: SocketOptions): SocketServer {
  const { rooms, createKey, limits, logger, counts, firstFrameMs = 5_000, askAfterMs = 45_000 } = options
  const connections = new Map<WebSocket, Connection>()
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: 262_144,
    maxFragments: 64,
    maxBufferedChunks: 1_024,
    perMessageDeflate: false,
    clientTracking: false,
  })

  function accept({ request, stream, head, addressKey }: Upgrade, onClose: () => void): void {
    // Also when the handshake itself fails and no WebSocket ever comes of it.
    stream.once('close', onClose)
    const { searchParams } = new URL(request.url ?? '', 'http://host')
    const awaitsParams = searchParams.get('connectionParams') === '1'
    const shard = shardOf(searchParams)
    wss.handleUpgrade(request, stream, head, (ws) => serve(ws, { stream, addressKey, shard, awaitsParams }))
  }

  /** A function of its own, so that no listener keeps the request for as long as the connection is there. */
  function serve(
    ws: WebSocket,
    upgraded: Pick<Upgrade, 'stream' | 'addressKey'> & { shard: string | undefined; awaitsParams: boolean },
  ) {
    const { stream, addressKey, shard } = upgraded
    let { awaitsParams } = upgraded
    const { cut: onCut, rateLimited: onRefused } = counts
    const connection = new Connection({ ws, stream, addressKey, shard, logger, onCut, onRefused })
    const calls = new Calls(connection, { rooms, connection, limits, createKey, info: options.info })
    const openedAt = performance.now()
    connections.set(ws, connection)
    const silent = setTimeout(() => connection.cut('silent'), firstFrameMs).unref()
    ws.on('message', (data: Buffer, isBinary) => {
      clearTimeout(silent)
      if (!connection.heard(data.length)) return
      const text = isBinary ? '' : data.toString()
      if (text === 'PING') return connection.write('PONG')
      if (!awaitsParams) return calls.hear(text)
      awaitsParams = false
      const params = paramsOf(text)
      connection.attempt = attemptOf(params)
      connection.record = recordOf(params)
    })
    // An oversized frame, a broken one, a cut: it closes, and there is nothing else to be done about it.
    ws.on('error', () => {})
    ws.once('close', (code) => {
      clearTimeout(silent)
      connections.delete(ws)
      calls.close()
      const seconds = Math.round((performance.now() - openedAt) / 1_000)
      connection.log.info({ code, seconds }, 'connection closed')
      if (code === 1001 && !connection.closing) void rooms.goodbye(connection)
    })
    connection.log.info('connection opened')
  }

  const watch = setInterval(() => {
    for (const connection of connections.values()) {
      if (connection.idleMs() > 2 * askAfterMs) connection.cut('idle')
      else if (connection.idleMs() > askAfterMs) connection.probe()
    }
  }, askAfterMs / 3).unref()

  return {
    accept,
    askToMove() {
      for (const connection of connections.values()) connection.write('{"id":null,"method":"reconnect"}')
    },
    get size() {
      return connections.size
    },
    async close() {
      clearInterval(watch)
      const closed = [...connections.keys()].map((ws) => new Promise((resolve) => ws.once('close', resolve)))
      // 1012: the service restarts (IANA's registry of close codes).
      for (const connection of connections.values()) connection.close(1012, 'restart')
      await Promise.all(closed)
    },
  }
}

function shardOf(params: URLSearchParams): string | undefined {
  const shard = params.get('shard')
  return shard !== null && SHARD_PATTERN.test(shard) ? shard : undefined
}

const paramsFrame = z.object({ data: z.record(z.string(), z.unknown()) })

/** The first frame of a connection that announces it. One that says nothing usable refuses nobody. */
function paramsOf(text: string): Record<string, unknown> {
  try {
    return paramsFrame.parse(JSON.parse(text)).data
  } catch {
    return {}
  }
}

/** Connection parameters are strings in tRPC. A connection without a usable one is behind every other (P8). */
function attemptOf({ attempt }: Record<string, unknown>): number {
  return typeof attempt === 'string' && /^\d{1,15}$/.test(attempt) ? Number(attempt) : 0
}

/** It stays with the connection: one that is too long to be a record isn't kept. */
function recordOf({ record }: Record<string, unknown>): string | undefined {
  return typeof record === 'string' && record.length <= RECORD_MAX_LENGTH ? record : undefined
}

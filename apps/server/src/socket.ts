/** The WebSocket server: ws with tRPC on it, and what each connection is held to. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ServerInfo } from '@maru/api-types'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import type { CreateKey } from './create-key.ts'
import { Connection } from './edge/connection.ts'
import { encoder } from './edge/encoder.ts'
import type { Rooms } from './rooms.ts'
import { appRouter } from './router.ts'
import { makeKeyedLimit } from './edge/limits.ts'
import { type Context, isUnforeseen } from './trpc.ts'

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
  info: ServerInfo
  logger: Logger
  /** Milliseconds within which a new connection says something. */
  firstFrameMs?: number
}

/** By client address. Forty people behind one address join within seconds, and come back at once after a cut. */
const JOINS = { points: 600, seconds: 60 }
const CREATIONS = { points: 60, seconds: 60 }
const CHECKS = { points: 20, seconds: 60 }

/** Milliseconds: a quiet connection is asked whether it is there, and cut when it doesn't answer. */
const ASK_AFTER = 45_000
const CUT_AFTER = 100_000

const MAX_CALLS_IN_FRAME = 64

export function createSocketServer(options: SocketOptions): SocketServer {
  const { rooms, createKey, logger, firstFrameMs = 5_000 } = options
  const connections = new Map<WebSocket, Connection>()
  const limits: Context['limits'] = {
    joins: makeKeyedLimit(JOINS),
    creations: makeKeyedLimit(CREATIONS),
    checks: makeKeyedLimit(CHECKS),
  }
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: 262_144,
    maxFragments: 64,
    maxBufferedChunks: 1_024,
    perMessageDeflate: false,
  })
  const handler = applyWSSHandler({
    wss,
    router: appRouter,
    maxBatchSize: MAX_CALLS_IN_FRAME,
    experimental_encoder: encoder,
    // Throws nothing and refuses nobody: tRPC would close with 1005, and its client would come back for ever.
    createContext: ({ res, info }): Context => {
      const connection = connections.get(res)!
      connection.attempt = attemptOf(info.connectionParams)
      connection.record = info.connectionParams?.['record']
      return { rooms, connection, limits, createKey, info: options.info }
    },
    onError: ({ error, path }) => {
      // Without a path it is the socket's own error: an oversized frame, a broken one, a cut.
      if (path !== undefined && isUnforeseen(error))
        logger.error({ err: error.cause ?? error, path }, 'a call failed')
    },
  })

  function accept({ request, stream, head, addressKey }: Upgrade, onClose: () => void): void {
    // Also when the handshake itself fails and no WebSocket ever comes of it.
    stream.once('close', onClose)
    wss.handleUpgrade(request, stream, head, (ws) => {
      const onCut = (why: string): void => logger.info({ why }, 'connection cut')
      const connection = new Connection({ ws, stream, addressKey, onCut })
      connections.set(ws, connection)
      const silent = setTimeout(() => connection.close(1008, 'silent'), firstFrameMs).unref()
      // tRPC's handler listens too; this one comes first, so that nothing of a flood reaches it.
      ws.on('message', (data: Buffer) => {
        clearTimeout(silent)
        connection.heard(data.length)
      })
      ws.once('close', (code) => {
        clearTimeout(silent)
        connections.delete(ws)
        if (code === 1001 && !connection.closing) void rooms.goodbye(connection)
      })
      wss.emit('connection', ws, request)
    })
  }

  const watch = setInterval(() => {
    for (const connection of connections.values()) {
      if (connection.idleMs() > CUT_AFTER) connection.terminate()
      else if (connection.idleMs() > ASK_AFTER) connection.probe()
    }
  }, ASK_AFTER / 3).unref()

  return {
    accept,
    askToMove: () => handler.broadcastReconnectNotification(),
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

/** Connection parameters are strings in tRPC. A connection without a usable one is behind every other (P8). */
function attemptOf(params: Record<string, string | undefined> | null): number {
  const text = params?.['attempt'] ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : 0
}

/** Puts a server together on a backend, and takes it down without anyone noticing. */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { IcePolicy } from '@maru/api-types'
import type { Logger } from 'pino'
import type { BackendTimes, RoomBackend } from './backend/backend.ts'
import { makeCreateKey } from './create-key.ts'
import type { GateOptions } from './edge/gate.ts'
import { makeReadiness } from './edge/readiness.ts'
import { createHttpServer } from './http.ts'
import { createInternalServer } from './internal.ts'
import type { Lan } from './lan/lan.ts'
import { createMetrics } from './metrics.ts'
import { Rooms } from './rooms.ts'
import { fixedKeys, sharedKeys } from './rooms/record-keys.ts'
import { createSocketServer } from './socket.ts'
import { createIceServers, isRelay, type MakeIceServers, type TurnOptions } from './turn.ts'

export interface ServerOptions extends GateOptions {
  backend: RoomBackend
  times: BackendTimes
  logger: Logger
  port: number
  host: string | undefined
  /** For metrics and readiness; undefined: no metrics, and readiness is on `port`. */
  internalPort?: number | undefined
  turn: TurnOptions
  /** Calls go over the TURN server only (`relay`), or as they can. */
  icePolicy: IcePolicy
  createKey: string | undefined
  /** What room records are signed with, the first one; undefined: what the replicas agree on by their store. */
  recordSecrets?: readonly string[] | undefined
  roomList: boolean
  /** Speaks https with this; undefined: plain http. */
  lan?: Lan | undefined
  /** The built app. */
  pagesDirectory: string
  emptyRowMs?: number
  positionMs?: number
  firstFrameMs?: number
}

export interface MaruServer {
  /** Tells this process from other replicas. */
  readonly instance: string
  readonly port: number
  /** Undefined without one. */
  readonly internalPort: number | undefined
  /** For connections from now on, where it was started with one. */
  useLan(lan: Lan): void
  /**
   * Stops listening, asks every browser to move to another replica, waits until they have, at most `patienceMs`,
   * and closes. Doesn't close the backend.
   */
  drain(patienceMs: number): Promise<void>
}

/** Milliseconds without anybody moving after which there seems to be nowhere to move to. */
const STALLED = 3_000

function listen(server: Server, port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => resolve((server.address() as AddressInfo).port))
  })
}

/** Listens. Rejects where the address can't be had. */
export async function startServer(options: ServerOptions): Promise<MaruServer> {
  const { backend, turn } = options
  const instance = randomBytes(4).toString('hex')
  const logger = options.logger.child({ instance })
  const metrics = createMetrics()
  const makeUncounted = createIceServers(turn)
  const makeIceServers: MakeIceServers = (...args) => {
    const servers = makeUncounted(...args)
    if (servers.some(({ credential }) => credential !== undefined)) metrics.issuedTurnCredentials()
    return servers
  }
  const recordKeys = options.recordSecrets ? fixedKeys(options.recordSecrets) : sharedKeys(backend)
  const rooms = new Rooms({ ...options, logger, instance, makeIceServers, recordKeys, counts: metrics })
  const createKey = makeCreateKey(options.createKey)
  const info = { relay: turn.urls.some(isRelay), icePolicy: options.icePolicy, createKey: createKey.required }
  const sockets = createSocketServer({ ...options, rooms, createKey, info, logger })
  let draining: Promise<void> | undefined
  const reachable = (): Promise<boolean> =>
    backend.ping().then(
      () => true,
      () => false,
    )
  const isDraining = (): boolean => draining !== undefined
  const answerReady = makeReadiness({ reachable, instance, isDraining })
  const internal = options.internalPort === undefined ? undefined : createInternalServer(answerReady, metrics)
  let { lan } = options
  const http = createHttpServer({
    ...options,
    ownNames: lan?.ownNames ?? [],
    authority: () => lan?.authority,
    sockets,
    isDraining,
    answerReady: internal ? undefined : answerReady,
  })

  const internalPort = internal && (await listen(internal, options.internalPort!, options.host))
  const port = await listen(http, options.port, options.host)
  if (internal)
    metrics.watch({ rooms: () => rooms.followed, members: () => rooms.size, sockets: () => sockets.size })
  logger.info({ port, internalPort, backend: backend.kind }, 'listening')

  /** Waits while sockets move away. Answers how many didn't. */
  async function untilMoved(patienceMs: number): Promise<number> {
    const deadline = performance.now() + patienceMs
    let size = sockets.size
    let movedAt = performance.now()
    while (sockets.size > 0 && performance.now() < Math.min(deadline, movedAt + STALLED)) {
      await sleep(20)
      if (sockets.size < size) movedAt = performance.now()
      size = sockets.size
    }
    return size
  }

  async function drain(patienceMs: number): Promise<void> {
    logger.info({ sockets: sockets.size, members: rooms.size }, 'draining')
    const closed = new Promise((resolve) => http.close(resolve))
    http.closeIdleConnections()
    sockets.askToMove()
    const left = await untilMoved(patienceMs)
    await sockets.close()
    rooms.close()
    recordKeys.close()
    http.closeAllConnections()
    await closed
    // Last: whoever watches is told that it is going until it has gone.
    internal?.close()
    internal?.closeAllConnections()
    logger.info({ left }, 'drained')
  }

  return {
    instance,
    port,
    internalPort,
    useLan: (now) => {
      if (!('setSecureContext' in http)) return
      lan = now
      http.setSecureContext(now.credentials)
    },
    drain: (patienceMs) => (draining ??= drain(patienceMs)),
  }
}

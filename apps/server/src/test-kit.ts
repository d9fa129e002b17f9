/** For tests: a server on a free port, and pages that talk to it with the real tRPC client over real sockets. */
import {
  type ClientMessage,
  makeSecret,
  type PeerState,
  type RoomEvent,
  type RoomListEvent,
  type RoomPreview,
} from '@maru/api-types'
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import { type BackendTimes, DEFAULT_TIMES, type RoomBackend } from './backend/backend.ts'
import { createMemoryBackend } from './backend/memory.ts'
import { createRedisBackend } from './backend/redis.ts'
import { peerIdOf } from './rooms/identity.ts'
import type { AppRouter } from './router.ts'
import { type MaruServer, type ServerOptions, startServer } from './server.ts'

const silent = pino({ level: 'silent' })

export interface TestServer extends MaruServer, AsyncDisposable {
  backend: RoomBackend
}

type TestServerOptions = Partial<Omit<ServerOptions, 'times'>> & { times?: Partial<BackendTimes> }

/** Starts replicas that share one store. */
export interface World extends AsyncDisposable {
  start(options?: TestServerOptions): Promise<TestServer>
}

/** @param redisUrl where the store is; undefined for one in memory, which replicas in one process can share */
export function openWorld(redisUrl: string | undefined, times: Partial<BackendTimes> = {}): World {
  const allTimes = { ...DEFAULT_TIMES, ...times }
  const backends: RoomBackend[] = []
  const servers: TestServer[] = []
  const makeBackend = (): RoomBackend =>
    redisUrl === undefined
      ? createMemoryBackend({ times: allTimes })
      : createRedisBackend({ url: redisUrl, times: allTimes })
  return {
    async start(options) {
      if (redisUrl !== undefined || backends.length === 0) backends.push(makeBackend())
      const server = await startTestServer({ times, backend: backends.at(-1)!, ...options })
      servers.push(server)
      return server
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.drain(0)))
      await Promise.all(backends.map((backend) => backend.close()))
    },
  }
}

/** A server on a free port with its own memory backend, unless it is given another one. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const times = { ...DEFAULT_TIMES, ...options.times }
  const backend = options.backend ?? createMemoryBackend({ times })
  const server = await startServer({
    logger: silent,
    port: 0,
    host: '127.0.0.1',
    turn: { secret: undefined, urls: [] },
    icePolicy: 'all',
    createKey: undefined,
    roomList: true,
    publicOrigins: [],
    trustedProxies: () => false,
    pagesDirectory: '/nonexistent',
    ...options,
    times,
    backend,
  })
  return {
    ...server,
    backend,
    async [Symbol.asyncDispose]() {
      await server.drain(0)
      if (!options.backend) await backend.close()
    },
  }
}

/** Waits until `look` answers something true, and fails with what was expected when it doesn't in time. */
export async function until<T>(
  look: () => T | undefined | false,
  expected: string,
  withinMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = look()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${expected}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

interface Heard {
  id: string
  event: RoomEvent
}

/** A subscription to a room, and everything it has said. */
export interface Attendance {
  heard: Heard[]
  /** The end, if it came: the error's reason, or `completed`. */
  end: string | undefined
  events(): RoomEvent[]
  of<T extends RoomEvent['type']>(type: T): Extract<RoomEvent, { type: T }>[]
  stop(): void
}

export const chat = (seq: number, text: string) => ({
  seq,
  body: { type: 'chat', text } satisfies ClientMessage,
})
export const setState = (seq: number, state: PeerState) => ({
  seq,
  body: { type: 'state', state } satisfies ClientMessage,
})
export const signalTo = (seq: number, to: string) => ({
  seq,
  body: { type: 'signal', to, signal: { gen: 1, candidates: [] } } satisfies ClientMessage,
})

export const textsOf = (attendance: Attendance): string[] =>
  attendance.of('chat').map(({ message }) => message.text)
export const peerOf = (page: TestPage, roomId: string): string => peerIdOf(roomId, page.secrets.joinSecret)
export const refusalOf = (call: Promise<unknown>): Promise<string> => call.then(() => 'no refusal', reasonOf)
export const reasonOf = (error: unknown): string =>
  (error as { data?: { reason?: string } }).data?.reason ?? String(error)

/** A page load: a join secret, a counter of connections, one tRPC client. */
export interface TestPage extends Disposable {
  api: ReturnType<typeof createTRPCClient<AppRouter>>
  secrets: { userSecret: string; joinSecret: string }
  /** Every socket that it has opened, the newest last. */
  sockets: WebSocket[]
  joinInput(roomId: string, more?: Partial<JoinMore>): Parameters<Api['room']['join']['subscribe']>[0]
  join(roomId: string, more?: Partial<JoinMore>): Attendance
  /** Joins, and waits for the first event. */
  enter(roomId: string, more?: Partial<JoinMore>): Promise<Attendance>
  preview(
    roomId: string,
    more?: { replaces?: string },
  ): { heard: RoomPreview[]; end: string | undefined; stop(): void }
  list(): { heard: RoomListEvent[]; stop(): void }
  createRoom(more?: { name?: string; listed?: boolean; capacity?: number }): Promise<string>
  /** The newest record of the room that it was given; goes with each new connection, as in the app (P55). */
  record: string | undefined
  /** Moves to other ports from the next connection on. */
  port: number
}

type Api = ReturnType<typeof createTRPCClient<AppRouter>>
interface JoinMore {
  name: string
  replaces: string
  state: { mic: boolean; camera: boolean }
  protocol: number
}

export interface PageOptions {
  userSecret?: string
  joinSecret?: string
  firstAttempt?: number
  /** Milliseconds between pings; 0 for none. */
  pingMs?: number
}

export function openPage(port: number, options: PageOptions = {}): TestPage {
  const { userSecret = makeSecret(), joinSecret = makeSecret(), pingMs = 100 } = options
  const sockets: WebSocket[] = []
  let attempt = options.firstAttempt ?? 1
  class PageSocket extends WebSocket {
    constructor(url: string) {
      super(url, { origin: new URL(url).origin.replace(/^ws/, 'http') })
      sockets.push(this)
    }
  }
  const client = createWSClient({
    url: () => `ws://127.0.0.1:${page.port}/ws`,
    WebSocket: PageSocket as unknown as typeof globalThis.WebSocket,
    connectionParams: () => ({ attempt: String(attempt++), ...(page.record && { record: page.record }) }),
    retryDelayMs: () => 20,
    keepAlive: pingMs > 0 ? { enabled: true, intervalMs: pingMs, pongTimeoutMs: 2_000 } : { enabled: false },
  })
  const api = createTRPCClient<AppRouter>({ links: [wsLink({ client })] })

  const page: TestPage = {
    api,
    port,
    record: undefined,
    sockets,
    secrets: { userSecret, joinSecret },
    joinInput: (roomId, more = {}) => ({
      roomId,
      userSecret,
      joinSecret,
      name: 'Somebody',
      color: 3,
      state: { mic: true, camera: true },
      protocol: 1,
      ...more,
    }),
    join(roomId, more) {
      const attendance: Attendance = {
        heard: [],
        end: undefined,
        events: () => attendance.heard.map(({ event }) => event),
        of: <T extends RoomEvent['type']>(type: T) =>
          attendance
            .events()
            .filter((event): event is Extract<RoomEvent, { type: T }> => event.type === type),
        stop: () => subscription.unsubscribe(),
      }
      const subscription = api.room.join.subscribe(page.joinInput(roomId, more), {
        onData: ({ id, data }) => {
          if ('record' in data) page.record = data.record
          attendance.heard.push({ id, event: data })
        },
        onError: (error) => (attendance.end = reasonOf(error)),
        onComplete: () => (attendance.end ??= 'completed'),
      })
      return attendance
    },
    async enter(roomId, more) {
      const attendance = page.join(roomId, more)
      await until(() => attendance.heard.length > 0 || attendance.end, 'an answer to the join')
      if (attendance.end) throw new Error(`refused: ${attendance.end}`)
      return attendance
    },
    preview(roomId, more) {
      const preview = { heard: [] as RoomPreview[], end: undefined as string | undefined, stop: () => {} }
      const subscription = api.room.preview.subscribe(
        { roomId, userSecret, joinSecret, ...more },
        { onData: (event) => preview.heard.push(event), onError: (error) => (preview.end = reasonOf(error)) },
      )
      preview.stop = () => subscription.unsubscribe()
      return preview
    },
    list() {
      const heard: RoomListEvent[] = []
      const subscription = api.rooms.list.subscribe(undefined, { onData: (event) => heard.push(event) })
      return { heard, stop: () => subscription.unsubscribe() }
    },
    async createRoom(more) {
      const { roomId } = await api.rooms.create.mutate({
        name: 'A room',
        listed: false,
        capacity: 10,
        userSecret,
        ...more,
      })
      return roomId
    },
    [Symbol.dispose]() {
      void client.close()
      for (const socket of sockets) socket.terminate()
    },
  }
  return page
}

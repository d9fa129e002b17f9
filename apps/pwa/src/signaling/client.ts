/** The page's one connection to the server, and what can be asked over it. Nothing else imports @trpc/client. */
import type {
  CheckInput,
  ClientMessage,
  CreateRoomInput,
  IceServer,
  JoinInput,
  PreviewInput,
  RoomErrorData,
  RoomEvent,
  RoomListEvent,
  RoomPreview,
  SendResult,
  ServerInfo,
} from '@maru/api-types'
import { makeShard } from '@maru/api-types/ids'
import { isFinal } from '@maru/api-types/room-error'
import type { AppRouter } from '@maru/server'
import {
  createTRPCClient,
  createWSClient,
  TRPCClientError,
  type TRPCWebSocketClient,
  wsLink,
} from '@trpc/client'
import { watchNetwork } from './network.ts'
import { checkSockets, ResilientSocket, UNHEARD } from './resilient-socket.ts'

/** `since`: `Date.now()` when it was lost (or first asked for). */
export type ConnectionState = { kind: 'connected' } | { kind: 'lost'; since: number }

export interface SubscriptionHandlers<T> {
  onEvent(event: T): void
  /** The server said no for good, or `undefined` when it can't be helped. Not called after `stop`. */
  onEnd(data: RoomErrorData): void
}

const LONGEST_RETRY_MS = 7_000
/** A connection that lived this long was a good one: the next retry starts from the beginning. */
const GOOD_CONNECTION_MS = 3_000

const listeners = new Set<(state: ConnectionState) => void>()
let state: ConnectionState = { kind: 'lost', since: Date.now() }
let client: ReturnType<typeof speakOver> | undefined
let record: string | undefined

const setState = (next: ConnectionState) => {
  if (next.kind === state.kind) return
  state = next
  for (const listener of listeners) listener(state)
}

/** Milliseconds before the nth try in a row: 0–150, then ×1.7 with jitter up to 7 s. */
export const retryDelay = (n: number): number =>
  n <= 1 ? Math.random() * 150 : Math.min(LONGEST_RETRY_MS, 150 * 1.7 ** n) * (0.5 + Math.random() / 2)

/** The room's that the page shows; else one that its next new room will begin with (P62). */
const newRoomShard = makeShard()
const shardHere = (): string => /^\/r\/([\w-]{2})/.exec(location.pathname)?.[1] ?? newRoomShard

/** A page has one connection, which `api` makes; the tests that play many people make one for each. */
export function connect(origin: string, readRecord: () => string | undefined, shard: () => string) {
  let attempt = 0
  let tries = 0
  let openedAt = Infinity
  /** The last one opened and didn't fall silent. A replica that stands still mustn't be asked again and again. */
  let answered = true
  let wake = () => {}

  watchNetwork(() => {
    checkSockets()
    // It was the network.
    answered = true
    tries = Math.min(tries, 1)
    wake()
  })

  // tRPC's own wait between retries can't be cut short when the network is back, this one can.
  const url = async () => {
    if (Date.now() - openedAt > GOOD_CONNECTION_MS) tries = 0
    openedAt = Infinity
    if (attempt > 0 || tries > 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, retryDelay(tries))
      })
    }
    tries += 1
    const asked = answered ? shard() : makeShard()
    answered = false
    return `${origin.replace(/^http/, 'ws')}/ws?shard=${asked}`
  }

  const socket = createWSClient({
    url,
    WebSocket: ResilientSocket,
    connectionParams: () => ({ attempt: String(++attempt), record: readRecord() }),
    retryDelayMs: () => 0,
    onOpen: () => {
      openedAt = Date.now()
      answered = true
    },
    onClose: (event) => {
      if (event?.code === UNHEARD) answered = false
    },
  })
  socket.connectionState.subscribe({
    next: ({ state: kind }) =>
      setState(kind === 'pending' ? { kind: 'connected' } : { kind: 'lost', since: Date.now() }),
  })
  return socket
}

export const speakOver = (socket: TRPCWebSocketClient) =>
  createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] })

/** What the room is, as the server has signed it: goes with each new connection, for a server that has lost it (P55). */
export const keepRecord = (newest: string): string => (record = newest)

const api = () => (client ??= speakOver(connect(location.origin, () => record, shardHere)))

/** Calls back at each change, and once at once. Connects if nothing else has. */
export function watchConnection(listener: (state: ConnectionState) => void): () => void {
  api()
  listeners.add(listener)
  listener(state)
  return () => void listeners.delete(listener)
}

/** What the server said with an error; `undefined` when there was no answer at all. */
export function reasonOf(error: unknown): RoomErrorData | undefined {
  if (!(error instanceof TRPCClientError)) return undefined
  const data = error.data as Partial<RoomErrorData> | undefined
  return data?.reason === undefined ? undefined : (data as RoomErrorData)
}

interface Observer<T> {
  onData(value: T): void
  onError(error: unknown): void
  onComplete(): void
}

interface Running {
  /** Asks anew at once; the first event tells where things stand. */
  restart: () => void
  stop: () => void
}

/** tRPC resubscribes after a lost connection by itself, but an error ends a subscription: unless final, start anew. */
function persist<T>(
  start: (observer: Observer<T>) => { unsubscribe(): void },
  handlers: SubscriptionHandlers<T>,
): Running {
  let tries = 0
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: { unsubscribe(): void } | undefined

  const again = (ms: number) => {
    if (stopped) return
    clearTimeout(timer)
    timer = setTimeout(run, ms)
  }
  const run = () => {
    running = start({
      onData: (event) => {
        tries = 0
        if (!stopped) handlers.onEvent(event)
      },
      onError: (error) => {
        const data = reasonOf(error)
        if (stopped) return
        if (data && (isFinal(data.reason) || data.reason === 'bad-request')) {
          stopped = true
          handlers.onEnd(data)
        } else {
          again(data?.retryAfterMs ?? 200 + retryDelay(++tries + 1))
        }
      },
      onComplete: () => again(200 + retryDelay(++tries + 1)),
    })
  }
  run()
  return {
    restart() {
      running?.unsubscribe()
      again(0)
    },
    stop() {
      stopped = true
      clearTimeout(timer)
      running?.unsubscribe()
    },
  }
}

export const watchRooms = (handlers: SubscriptionHandlers<RoomListEvent>) =>
  persist<RoomListEvent>((observer) => api().rooms.list.subscribe(undefined, observer), handlers).stop

export const createRoom = (input: CreateRoomInput, signal: AbortSignal): Promise<{ roomId: string }> =>
  api().rooms.create.mutate(input, { signal })

export const readServerInfo = (signal: AbortSignal): Promise<ServerInfo> =>
  api().server.info.query(undefined, { signal })

export const readCheckServers = (input: CheckInput, signal: AbortSignal): Promise<IceServer[]> =>
  api().check.iceServers.query(input, { signal })

export const previewRoom = (input: PreviewInput, handlers: SubscriptionHandlers<RoomPreview>) =>
  persist<RoomPreview>((observer) => api().room.preview.subscribe(input, observer), handlers).stop

/** Enters. Each event comes once; after an interruption the events since then, or a snapshot with `reset`. */
export function joinRoom(input: JoinInput, handlers: SubscriptionHandlers<RoomEvent>, on = api()) {
  let lastEventId: string | undefined
  return persist<RoomEvent>(
    (observer) =>
      on.room.join.subscribe(lastEventId === undefined ? input : { ...input, lastEventId }, {
        ...observer,
        onData: (event) => {
          if (!event) return
          lastEventId = event.id
          observer.onData(event.data)
        },
      }),
    handlers,
  )
}

export const sendMessages = (
  roomId: string,
  messages: { seq: number; body: ClientMessage }[],
  on = api(),
): Promise<SendResult> => on.room.send.mutate({ roomId, messages })

export const leaveRoom = (roomId: string): Promise<unknown> => api().room.leave.mutate({ roomId })

export const readIceServers = (roomId: string): Promise<IceServer[]> =>
  api().room.iceServers.query({ roomId })

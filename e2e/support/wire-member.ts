/**
 * A member without a browser, for tests and loads of hundreds: the protocol over a bare WebSocket, with the page's own
 * outbox, back-off, pings and hand-over.
 */
import type { ClientMessage, RefusalReason, RoomErrorData, RoomEvent, SendResult } from '@maru/api-types'
import { makeSecret, PING_IN_CALL_MS, PROTOCOL_VERSION } from '@maru/api-types'
import { isFinal, type RoomErrorReason } from '@maru/api-types/room-error'
import { WebSocket } from 'ws'
import { retryDelay } from '../../apps/pwa/src/signaling/client.ts'
import { makeOutbox } from '../../apps/pwa/src/signaling/outbox.ts'

export interface WireMemberOptions {
  roomId: string
  /** The port of the next connection; asked anew for each, as a load balancer would be. */
  target: () => number
  /** The page's, where it isn't the target's own. */
  origin?: string
  name?: string
  userSecret?: string
  joinSecret?: string
  /** The page load before, whose place this one takes. */
  replaces?: string
  /** What a trusted proxy would say of where it comes from (`X-Forwarded-For`). */
  address?: string
  /** Every event as it comes over the wire. What was heard before a cut may come again: `from` and `seq` tell. */
  onEvent: (event: RoomEvent, at: WireMoment) => void
  onSettled?: (seq: number, outcome: 'applied' | RefusalReason) => void
  /** The server said no for good. */
  onEnd?: (reason: RoomErrorReason) => void
  /** A connection that was live is gone (or the server asked to leave it). */
  onLost?: () => void
  /** An upgrade that was answered with an HTTP status, or a call with a refusal that isn't final. */
  onRefused?: (why: number | RoomErrorReason) => void
}

/** `performance.now()`: when the connection that the event came on sent its join. */
export interface WireMoment {
  joinSentAt: number
}

export interface WireMember {
  readonly joinSecret: string
  /** The first event of the current connection is there. */
  readonly live: boolean
  /** Messages that wait for their acknowledgement. */
  readonly unsettled: number
  /** Queues a message; returns its seq. */
  say(body: ClientMessage): number
  /** `room.leave`, for good. Resolves when the server has heard it, or after a second. */
  leave(): Promise<void>
  /** The connection dies without a word. The member comes back by itself. */
  cut(): void
  /** Reads nothing any more, or again. */
  setReading(reading: boolean): void
  /** Ends here, without a word to the room. */
  close(): void
}

/** The page's: see `apps/pwa/src/signaling/client.ts` and `resilient-socket.ts`. Milliseconds. */
const GOOD_CONNECTION_MS = 3_000
const CONNECT_MS = 5_000
const SHORTEST_PONG_MS = 1_000
const LONGEST_PONG_MS = 5_000
/** A process that stood still for this long can't tell a dead network from its own sleep. */
const LATE_MS = 250

const JOIN = 1

interface Reply {
  id: number | null
  method?: 'reconnect'
  result?: { type: 'started' | 'stopped' | 'data'; data?: unknown; id?: string }
  error?: { data: RoomErrorData }
}

/** One connection, and what waits for an answer on it. */
interface Link {
  ws: WebSocket
  joinSentAt: number
  live: boolean
  calls: Map<number, { resolve: (data: unknown) => void; reject: (error: unknown) => void }>
  close(): void
}

class Refusal extends Error {
  readonly data: RoomErrorData
  constructor(data: RoomErrorData) {
    super(data.reason)
    this.data = data
  }
}

export function joinWire(options: WireMemberOptions): WireMember {
  const { roomId, onEvent } = options
  const joinSecret = options.joinSecret ?? makeSecret()
  const input = {
    roomId,
    userSecret: options.userSecret ?? makeSecret(),
    joinSecret,
    name: options.name ?? 'Somebody',
    color: 3,
    state: { mic: true, camera: true },
    protocol: PROTOCOL_VERSION,
    ...(options.replaces !== undefined && { replaces: options.replaces }),
  }
  let current: Link | undefined
  /** Opens while `current` still serves: the server asked to move. */
  let next: Link | undefined
  let attempt = 0
  let tries = 0
  let openedAt = 0
  let lastId = JOIN
  let lastEventId: string | undefined
  let ended = false
  let leaving = false
  let timer: NodeJS.Timeout | undefined
  let joinTries = 0

  const outbox = makeOutbox({
    send: async (messages) => (await call('room.send', { roomId, messages })) as SendResult,
    reasonOf: (error) => (error instanceof Refusal ? error.data : undefined),
    onSettled: (seq, outcome) => options.onSettled?.(seq, outcome),
    onGap: () => current && sendJoin(current),
    filler: () => ({ type: 'state', state: input.state }),
  })

  function call(path: string, callInput: object): Promise<unknown> {
    const link = current
    if (link?.ws.readyState !== WebSocket.OPEN) return Promise.reject(new Error('not connected'))
    const id = ++lastId
    link.ws.send(JSON.stringify({ id, method: 'mutation', params: { path, input: callInput } }))
    return new Promise((resolve, reject) => link.calls.set(id, { resolve, reject }))
  }

  function sendJoin(link: Link): void {
    link.joinSentAt = performance.now()
    const params = { path: 'room.join', input: lastEventId === undefined ? input : { ...input, lastEventId } }
    link.ws.send(JSON.stringify({ id: JOIN, method: 'subscription', params }))
  }

  function connectSoon(): void {
    if (ended || timer) return
    if (openedAt > 0 && performance.now() - openedAt > GOOD_CONNECTION_MS) tries = 0
    openedAt = 0
    const wait = attempt > 0 || tries > 0 ? retryDelay(tries) : 0
    tries += 1
    timer = setTimeout(() => {
      timer = undefined
      const link = connect()
      if (current) next = link
      else current = link
    }, wait)
  }

  function connect(): Link {
    const port = options.target()
    const headers = options.address === undefined ? {} : { 'X-Forwarded-For': options.address }
    const ws = new WebSocket(`ws://127.0.0.1:${port}/ws?connectionParams=1`, {
      origin: options.origin ?? `http://127.0.0.1:${port}`,
      headers,
      handshakeTimeout: CONNECT_MS,
      perMessageDeflate: false,
    })
    const beat = startHeartbeat(ws)
    const link: Link = { ws, joinSentAt: 0, live: false, calls: new Map(), close: () => ws.close() }
    ws.on('error', () => {})
    ws.on('unexpected-response', (request, response) => {
      options.onRefused?.(response.statusCode ?? 0)
      request.destroy()
      lost(link)
    })
    ws.on('open', () => {
      openedAt = performance.now()
      ws.send(JSON.stringify({ method: 'connectionParams', data: { attempt: String(++attempt) } }))
      sendJoin(link)
    })
    ws.on('message', (data: Buffer) => {
      const text = data.toString()
      beat.heard()
      if (text === 'PONG') beat.pong()
      else if (text !== 'PING') heard(link, JSON.parse(text) as Reply)
    })
    ws.on('close', () => {
      beat.stop()
      lost(link)
    })
    return link
  }

  function lost(link: Link): void {
    for (const { reject } of link.calls.values()) reject(new Error('connection lost'))
    link.calls.clear()
    if (link === next) next = undefined
    else if (link === current) {
      current = next
      next = undefined
      outbox.lost()
      if (link.live) options.onLost?.()
    } else return
    if (!current) connectSoon()
  }

  function heard(link: Link, { id, method, result, error }: Reply): void {
    if (method === 'reconnect') return connectSoon()
    if (id === JOIN) return error ? joinRefused(link, error.data) : heardEvent(link, result)
    const waiting = id === null ? undefined : link.calls.get(id)
    if (!waiting) return
    link.calls.delete(id!)
    if (error) {
      options.onRefused?.(error.data.reason)
      waiting.reject(new Refusal(error.data))
    } else waiting.resolve(result?.data)
  }

  function heardEvent(link: Link, result: Reply['result']): void {
    if (result?.type !== 'data' || ended) return
    const { id, data } = result.data as { id: string; data: RoomEvent }
    lastEventId = id
    if (data.type === 'snapshot' || data.type === 'resumed') becomeLive(link, data.applied)
    onEvent(data, link)
  }

  function becomeLive(link: Link, applied: number): void {
    link.live = true
    joinTries = 0
    if (link === next) {
      const old = current
      current = next
      next = undefined
      outbox.lost()
      options.onLost?.()
      if (old) lost(old)
      old?.close()
    }
    outbox.connected(applied)
  }

  function joinRefused(link: Link, data: RoomErrorData): void {
    // Its own `left` ends the subscription before the call is answered.
    if (leaving) return
    if (isFinal(data.reason) || data.reason === 'bad-request') {
      close()
      return options.onEnd?.(data.reason)
    }
    options.onRefused?.(data.reason)
    link.live = false
    outbox.lost()
    const wait = data.retryAfterMs ?? 200 + retryDelay(++joinTries + 1)
    setTimeout(() => link.ws.readyState === WebSocket.OPEN && sendJoin(link), wait)
  }

  function close(): void {
    ended = true
    clearTimeout(timer)
    outbox.close()
    current?.close()
    next?.close()
  }

  connectSoon()
  return {
    joinSecret,
    get live() {
      return current?.live ?? false
    },
    get unsettled() {
      return outbox.size
    },
    say: (body) => outbox.push(body),
    async leave() {
      leaving = true
      const left = call('room.leave', { roomId }).catch(() => undefined)
      await Promise.race([left, new Promise((resolve) => setTimeout(resolve, 1_000).unref())])
      close()
    },
    cut: () => current?.ws.terminate(),
    setReading(on) {
      if (on) current?.ws.resume()
      else current?.ws.pause()
    },
    close,
  }
}

/** Pings as a page in a call does, and ends a connection whose answer is overdue. */
function startHeartbeat(ws: WebSocket): { heard(): void; pong(): void; stop(): void } {
  let roundTrip = 0
  let askedAt = 0
  let heardAt = 0
  let timer: NodeJS.Timeout | undefined

  function ask(): void {
    askedAt = performance.now()
    ws.send('PING')
    waitForPong()
  }
  function waitForPong(): void {
    const wait = Math.min(LONGEST_PONG_MS, Math.max(SHORTEST_PONG_MS, 4 * roundTrip))
    const since = performance.now()
    timer = setTimeout(() => {
      if (performance.now() - since - wait > LATE_MS) ask()
      // A big message before the pong: it's slow, not dead.
      else if (heardAt > since) waitForPong()
      else ws.terminate()
    }, wait)
  }
  ws.once('open', () => (timer = setTimeout(ask, PING_IN_CALL_MS)))
  return {
    heard: () => (heardAt = performance.now()),
    pong() {
      clearTimeout(timer)
      const sample = performance.now() - askedAt
      roundTrip = Math.max(sample, roundTrip * 0.7 + sample * 0.3)
      timer = setTimeout(ask, PING_IN_CALL_MS)
    },
    stop: () => clearTimeout(timer),
  }
}

/** Makes a room, as somebody who then isn't in it. Rejects with the reason where that is refused. */
export async function createWireRoom(
  port: number,
  room: { name: string; capacity: number; listed?: boolean; userSecret?: string; address?: string },
): Promise<string> {
  const { address, listed = false, userSecret = makeSecret(), name, capacity } = room
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`, {
    origin: `http://127.0.0.1:${port}`,
    headers: address === undefined ? {} : { 'X-Forwarded-For': address },
  })
  try {
    return await new Promise<string>((resolve, reject) => {
      ws.on('error', reject)
      ws.on('close', (code) => reject(new Error(`closed: ${code}`)))
      ws.on('open', () => {
        const params = { path: 'rooms.create', input: { name, capacity, listed, userSecret } }
        ws.send(JSON.stringify({ id: 1, method: 'mutation', params }))
      })
      ws.on('message', (data: Buffer) => {
        const { result, error } = JSON.parse(data.toString()) as Reply
        if (error) reject(new Refusal(error.data))
        else if (result) resolve((result.data as { roomId: string }).roomId)
      })
    })
  } finally {
    ws.close()
  }
}

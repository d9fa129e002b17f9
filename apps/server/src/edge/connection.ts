/** One browser's WebSocket as the server sees it: when it was last heard, what it may still ask, how it ends. */
import { RoomError } from '@maru/api-types'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Client, Presence } from '../rooms/client.ts'
import { makeBudget } from './limits.ts'

/** Bytes that a reader may leave unread, on top of the largest message among them (P34). */
const MAX_UNREAD = 1024 * 1024
const MAX_SUBSCRIPTIONS = 16

/** Whoever has used these up is told so, and when to go on. A join into a room of ten costs some 100 messages. */
const CALLS = { burst: 300, perSecond: 40 }
const MESSAGES = { burst: 500, perSecond: 60 }
/** Whoever uses these up isn't listening to what it is told. */
const REFUSALS = { burst: 300, perSecond: 10 }
const FRAMES = { burst: 800, perSecond: 120 }
const BYTES = { burst: 4 * 1024 * 1024, perSecond: 512 * 1024 }

export interface ConnectionOptions {
  ws: WebSocket
  /** What `ws` writes to. */
  stream: Duplex
  /** What limits by address count this connection as. */
  addressKey: string
  /** Tells the log why it was cut. */
  onCut: (why: string) => void
}

export class Connection implements Client {
  readonly presences = new Map<string, Presence>()
  readonly addressKey: string
  attempt = 0
  record: string | undefined
  goodbye = false
  /** The server has begun to close it: whatever code it ends with says nothing about the page. */
  closing = false
  readonly #ws: WebSocket
  readonly #stream: Duplex
  readonly #onCut: ConnectionOptions['onCut']
  readonly #calls = makeBudget(CALLS)
  readonly #messages = makeBudget(MESSAGES)
  readonly #refusals = makeBudget(REFUSALS)
  readonly #frames = makeBudget(FRAMES)
  readonly #bytes = makeBudget(BYTES)
  #lastFrameAt = performance.now()
  #subscriptions = 0
  #largestUnread = 0
  #corked = false

  constructor({ ws, stream, addressKey, onCut }: ConnectionOptions) {
    this.#ws = ws
    this.#stream = stream
    this.addressKey = addressKey
    this.#onCut = onCut
    const send = ws.send.bind(ws) as (data: string | Buffer) => void
    // tRPC's handler writes through this method and asks nobody whether the other side reads.
    ws.send = (data: unknown) => {
      if (this.#mayWrite()) this.#write(send, data as string | Buffer)
    }
    ws.on('ping', () => this.heard(0))
    ws.on('pong', () => this.heard(0))
  }

  /** Notes a frame. Answers whether it may be looked at. */
  heard(bytes: number): boolean {
    this.#lastFrameAt = performance.now()
    if (this.#frames() === 0 && this.#bytes(bytes) === 0) return true
    this.#abuse()
    return false
  }

  /** Pays for a call. @throws RoomError `rate-limited` */
  payCall(): void {
    this.#limit(this.#calls())
  }

  /** Pays for the messages of a batch. @throws RoomError `rate-limited` */
  payMessages(count: number): void {
    this.#limit(this.#messages(count))
  }

  /** Counts a subscription until it is released. @throws RoomError `rate-limited` */
  holdSubscription(): () => void {
    if (this.#subscriptions >= MAX_SUBSCRIPTIONS) this.#limit(1_000)
    this.#subscriptions++
    let held = true
    return () => {
      if (held) this.#subscriptions--
      held = false
    }
  }

  idleMs(): number {
    return performance.now() - this.#lastFrameAt
  }

  probe(): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping()
  }

  terminate(): void {
    this.closing = true
    this.#ws.terminate()
  }

  /** Closes politely, and cuts if that isn't answered. */
  close(code: number, reason: string): void {
    this.closing = true
    this.#ws.close(code, reason)
    setTimeout(() => this.#ws.terminate(), 1_000).unref()
  }

  #limit(retryAfterMs: number): void {
    if (retryAfterMs === 0) return
    if (this.#refusals() > 0) this.#abuse()
    throw new RoomError('rate-limited', { retryAfterMs })
  }

  #abuse(): void {
    if (this.closing) return
    this.#onCut('flood')
    // What has arrived already isn't looked at any more.
    this.#ws.removeAllListeners('message')
    this.close(1008, 'rate-limited')
  }

  #mayWrite(): boolean {
    const unread = this.#ws.bufferedAmount
    if (unread === 0) this.#largestUnread = 0
    // A room with a long chat history has a snapshot beyond the limit: who still reads that one isn't slow.
    if (unread <= MAX_UNREAD + this.#largestUnread) return true
    if (!this.closing) this.#onCut('slow reader')
    this.terminate()
    return false
  }

  /**
   * Gathers what is written in one turn into one system call: in bursts of 8 events to 10 members system time about
   * halves. `setImmediate` gains no more and waits longer.
   */
  #write(send: (data: string | Buffer) => void, data: string | Buffer): void {
    if (!this.#corked) {
      this.#corked = true
      this.#stream.cork()
      // Runs when the promises of this turn have run, tRPC's loops among them.
      process.nextTick(() => {
        this.#corked = false
        this.#stream.uncork()
      })
    }
    const before = this.#ws.bufferedAmount
    send(data)
    this.#largestUnread = Math.max(this.#largestUnread, this.#ws.bufferedAmount - before)
  }
}

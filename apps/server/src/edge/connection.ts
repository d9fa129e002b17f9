/** One browser's WebSocket as the server sees it: when it was last heard, what it may still ask, how it ends. */
import { RoomError } from '@maru/api-types'
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import type { Client, Presence } from '../rooms/client.ts'
import type { CutReason, RefusedKind } from '../metrics.ts'
import { makeBudget } from './limits.ts'

/** Bytes that a reader may leave unread, on top of the largest message among them (P34). */
const MAX_UNREAD = 1024 * 1024

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
  shard: string | undefined
  logger: Logger
  onCut: (why: CutReason) => void
  onRefused: (kind: RefusedKind) => void
}

export class Connection implements Client {
  readonly presences = new Map<string, Presence>()
  readonly addressKey: string
  readonly shard: string | undefined
  /** Its lines all have the same `session`: random, so that they say of nobody who it was. */
  readonly log: Logger
  attempt = 0
  record: string | undefined
  goodbye = false
  /** The server has begun to close it: whatever code it ends with says nothing about the page. */
  closing = false
  readonly #ws: WebSocket
  readonly #stream: Duplex
  readonly #onCut: ConnectionOptions['onCut']
  readonly #onRefused: ConnectionOptions['onRefused']
  readonly #calls = makeBudget(CALLS)
  readonly #messages = makeBudget(MESSAGES)
  readonly #refusals = makeBudget(REFUSALS)
  readonly #frames = makeBudget(FRAMES)
  readonly #bytes = makeBudget(BYTES)
  #lastFrameAt = performance.now()
  #largestUnread = 0
  #corked = false

  constructor({ ws, stream, addressKey, shard, logger, onCut, onRefused }: ConnectionOptions) {
    this.#ws = ws
    this.#stream = stream
    this.addressKey = addressKey
    this.shard = shard
    this.log = logger.child({ session: randomUUID().slice(0, 8) })
    this.#onCut = onCut
    this.#onRefused = onRefused
    ws.on('ping', () => this.heard(0))
    ws.on('pong', () => this.heard(0))
  }

  /** Notes a frame. Answers whether it may be looked at. */
  heard(bytes: number): boolean {
    this.#lastFrameAt = performance.now()
    if (this.#frames() === 0 && this.#bytes(bytes) === 0) return true
    this.cut('flood')
    return false
  }

  /** Pays for a call. @throws RoomError `rate-limited` */
  payCall(): void {
    this.#limit('calls', this.#calls())
  }

  /** Pays for the messages of a batch. @throws RoomError `rate-limited` */
  payMessages(count: number): void {
    this.#limit('messages', this.#messages(count))
  }

  /** It has as many subscriptions as it may have. @throws RoomError `rate-limited` */
  refuseSubscription(): void {
    this.#limit('subscriptions', 1_000)
  }

  /** Sends a frame, unless it is closing or the other side doesn't read what it is sent (P34). */
  write(text: string): void {
    if (this.#ws.readyState === this.#ws.OPEN && this.#mayWrite()) this.#write(text)
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

  /** Ends it because of what the other side did or didn't. */
  cut(why: CutReason): void {
    if (this.closing) return
    this.log.info({ why }, 'connection cut')
    this.#onCut(why)
    switch (why) {
      case 'silent':
        return this.close(1008, 'silent')
      case 'flood':
        // What has arrived already isn't looked at any more.
        this.#ws.removeAllListeners('message')
        return this.close(1008, 'rate-limited')
      case 'slow reader':
      case 'idle':
        return this.terminate()
    }
  }

  /** Closes politely, and cuts if that isn't answered. */
  close(code: number, reason: string): void {
    this.closing = true
    this.#ws.close(code, reason)
    setTimeout(() => this.#ws.terminate(), 1_000).unref()
  }

  #limit(kind: RefusedKind, retryAfterMs: number): void {
    if (retryAfterMs === 0) return
    this.#onRefused(kind)
    if (this.#refusals() > 0) this.cut('flood')
    throw new RoomError('rate-limited', { retryAfterMs })
  }

  #mayWrite(): boolean {
    const unread = this.#ws.bufferedAmount
    if (unread === 0) this.#largestUnread = 0
    // A room with a long chat history has a snapshot beyond the limit: who still reads that one isn't slow.
    if (unread <= MAX_UNREAD + this.#largestUnread) return true
    this.cut('slow reader')
    // Also where it was closing already, and what that has to say isn't read either.
    this.terminate()
    return false
  }

  /**
   * Gathers what is written in one turn into one system call: in bursts of 8 events to 10 members system time about
   * halves. `setImmediate` gains no more and waits longer.
   */
  #write(text: string): void {
    if (!this.#corked) {
      this.#corked = true
      this.#stream.cork()
      // Runs when the promises of this turn have run.
      process.nextTick(() => {
        this.#corked = false
        this.#stream.uncork()
      })
    }
    const before = this.#ws.bufferedAmount
    this.#ws.send(text)
    this.#largestUnread = Math.max(this.#largestUnread, this.#ws.bufferedAmount - before)
  }
}

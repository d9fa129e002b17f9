/** A WebSocket that notices a dead network within seconds, where the browser alone takes a minute. */
import { PING_ELSEWHERE_MS } from '@maru/api-types/limits'

/** How long a close handshake or a connect may take, and the bounds of the wait for a pong. Milliseconds. */
const CLOSE_MS = 250
const CONNECT_MS = 5_000
const SHORTEST_PONG_MS = 1_000
const LONGEST_PONG_MS = 5_000
/** A timer that fires this late says that the page slept or was blocked, not that the network is dead. */
const LATE_MS = 250

/** The code of a close that the peer knows nothing of. */
export const UNHEARD = 4_000

const live = new Set<ResilientSocket>()
let pingInterval = PING_ELSEWHERE_MS

/** Sets the pace of pings, of open sockets too: `PING_IN_CALL_MS` or `PING_ELSEWHERE_MS`. */
export function setPingInterval(ms: number): void {
  pingInterval = ms
  for (const socket of live) socket.check()
}

/** Checks every socket now, for example because the network may have changed: what waits on the old one is over. */
export function checkSockets(): void {
  for (const socket of live) {
    if (socket.readyState === WebSocket.CONNECTING) socket.giveUpConnecting()
    else socket.check()
  }
}

/**
 * Three things differ from a plain WebSocket. It pings by itself (text frame `PING`, answered `PONG`) and closes when
 * the answer is overdue: max(1 s, 4 × round trip), 5 s at most. It reports `close` 250 ms after `close()` even if the
 * peer never answers (Chromium waits for 60 s), with the code `UNHEARD`. It gives up connecting after 5 s, with `error`
 * and `close`. Each event is dispatched once; what the browser says later is swallowed.
 */
export class ResilientSocket extends WebSocket {
  #opened = false
  #ended = false
  /** While the events of the end are dispatched by this class rather than by the browser. */
  #reporting = false
  #startedAt = performance.now()
  #pingTimer: ReturnType<typeof setTimeout> | undefined
  #pongTimer: ReturnType<typeof setTimeout> | undefined
  #endTimer: ReturnType<typeof setTimeout>
  /** Whose ping each awaited pong answers: tRPC sends some of its own, and must not take ours for them. */
  #awaited: { own: boolean; at: number }[] = []
  #heardAt = 0
  #roundTrip = 0

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    live.add(this)
    this.#endTimer = setTimeout(() => this.close(), CONNECT_MS)
    // First of all listeners, so that it can keep an event from the others.
    this.addEventListener('open', (event) => {
      if (this.#ended) return event.stopImmediatePropagation()
      clearTimeout(this.#endTimer)
      this.#opened = true
      // TCP's and HTTP's handshakes (and TLS's): at least two round trips.
      this.#roundTrip = (performance.now() - this.#startedAt) / 2
      this.#pingLater()
    })
    this.addEventListener('message', (event) => {
      if (this.#ended) return event.stopImmediatePropagation()
      this.#heardAt = performance.now()
      if (event.data === 'PONG') this.#gotPong(event)
    })
    this.addEventListener('error', (event) => {
      if (this.#ended && !this.#reporting) event.stopImmediatePropagation()
    })
    this.addEventListener('close', (event) => {
      if (this.#ended && !this.#reporting) event.stopImmediatePropagation()
      this.#release()
    })
  }

  override send(data: Parameters<WebSocket['send']>[0]): void {
    if (data === 'PING') this.#awaited.push({ own: false, at: performance.now() })
    super.send(data)
  }

  override close(...why: Parameters<WebSocket['close']>): void {
    // As many as were given: an `undefined` in their place is refused, by Chromium as a reason, by Node as a code too.
    super.close(...why)
    if (this.#ended) return
    clearTimeout(this.#endTimer)
    this.#endTimer = setTimeout(() => this.#end(), CLOSE_MS)
  }

  /** Ends a connect that began more than a second ago. */
  giveUpConnecting(): void {
    if (performance.now() - this.#startedAt > 1_000) this.close()
  }

  /** Pings now, unless an answer is awaited already. */
  check(): void {
    if (this.#ended || this.readyState !== WebSocket.OPEN || this.#pongTimer !== undefined) return
    clearTimeout(this.#pingTimer)
    this.#awaited.push({ own: true, at: performance.now() })
    super.send('PING')
    this.#awaitPong()
  }

  #awaitPong(): void {
    const wait = Math.min(LONGEST_PONG_MS, Math.max(SHORTEST_PONG_MS, 4 * this.#roundTrip))
    const askedAt = performance.now()
    this.#pongTimer = setTimeout(() => {
      this.#pongTimer = undefined
      const late = performance.now() - askedAt - wait > LATE_MS
      if (late) return this.check()
      // A big message before the pong: it's slow, not dead.
      if (this.#heardAt > askedAt) return this.#awaitPong()
      this.close()
    }, wait)
  }

  #gotPong(event: Event): void {
    const answered = this.#awaited.shift()
    if (!answered) return
    const sample = performance.now() - answered.at
    this.#roundTrip = Math.max(sample, this.#roundTrip * 0.7 + sample * 0.3)
    if (!answered.own) return
    event.stopImmediatePropagation()
    clearTimeout(this.#pongTimer)
    this.#pongTimer = undefined
    this.#pingLater()
  }

  #pingLater(): void {
    clearTimeout(this.#pingTimer)
    this.#pingTimer = setTimeout(() => this.check(), pingInterval)
  }

  #release(): void {
    this.#ended = true
    live.delete(this)
    for (const timer of [this.#pingTimer, this.#pongTimer, this.#endTimer]) clearTimeout(timer)
  }

  /** Reports the end in the browser's stead. */
  #end(): void {
    if (this.#ended) return
    this.#release()
    Object.defineProperty(this, 'readyState', { value: WebSocket.CLOSED })
    this.#reporting = true
    // Whoever waits for `open` hears of a failure by `error` alone (tRPC does).
    if (!this.#opened) this.dispatchEvent(new Event('error'))
    this.dispatchEvent(new CloseEvent('close', { code: UNHEARD, wasClean: false }))
    this.#reporting = false
  }
}

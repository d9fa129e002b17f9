/** Everything one presence says, in order, kept until the room has consumed it (docs/protocol.md, P17–P20). */
import type { ClientMessage, RefusalReason, RoomErrorData, SendResult } from '@maru/api-types'
import { BATCH_MAX_BYTES, BATCH_MAX_MESSAGES } from '@maru/api-types/limits'
import { isFinal } from '@maru/api-types/room-error'

export interface OutboxMessage {
  seq: number
  body: ClientMessage
}

export interface OutboxOptions {
  /** Carries one batch to the room. Rejects when there is no answer, or the answer is an error. */
  send(messages: OutboxMessage[]): Promise<SendResult>
  /** What the server said with an error; `undefined` when it said nothing (the connection broke). */
  reasonOf(error: unknown): RoomErrorData | undefined
  /** Once for every message: the room has consumed it. */
  onSettled(seq: number, outcome: 'applied' | RefusalReason): void
  /** The server expects an earlier seq. MUST lead to a fresh join and so to `connected`, which tells where it stands. */
  onGap(): void
  /** A message that changes nothing: takes the place of one that can't be sent again. */
  filler(): ClientMessage
}

export interface Outbox {
  /** Queues a message for this tick's batch, or for the one after the batch in flight. Returns its seq. */
  push(body: ClientMessage): number
  /** The join is on its way in this tick: what is queued may travel behind it, in one frame (P22). */
  release(): void
  /** The connection's first event is there (or a later snapshot): the room has consumed up to `applied`. */
  connected(applied: number): void
  /** The connection is gone: hold everything until `connected`. */
  lost(): void
  /** How many messages wait for their acknowledgement. */
  readonly size: number
  close(): void
}

const FIRST_PAUSE = 250
const LONGEST_PAUSE = 4_000
/** `{"seq":…,"body":…},` around a body. */
const ENVELOPE_BYTES = 40

const bytesOf = (body: ClientMessage): number => new TextEncoder().encode(JSON.stringify(body)).length

/** Holds everything until `release()` or `connected()`, and again after `lost()`. */
export function makeOutbox(options: OutboxOptions): Outbox {
  let queue: (OutboxMessage & { bytes: number })[] = []
  let nextSeq = 1
  let state: 'open' | 'held' | 'closed' = 'held'
  let inFlight = false
  let flushing = false
  let gap = false
  let pause = FIRST_PAUSE
  let timer: ReturnType<typeof setTimeout> | undefined

  const settle = (upTo: number, refused: SendResult['refused']) => {
    const reasons = new Map(refused.map(({ seq, reason }) => [seq, reason]))
    const done = queue.filter(({ seq }) => seq <= upTo)
    queue = queue.filter(({ seq }) => seq > upTo)
    for (const { seq } of done) options.onSettled(seq, reasons.get(seq) ?? 'applied')
  }

  const take = (): OutboxMessage[] => {
    const batch: OutboxMessage[] = []
    let bytes = 0
    for (const message of queue) {
      bytes += message.bytes
      if (batch.length > 0 && (bytes > BATCH_MAX_BYTES || batch.length >= BATCH_MAX_MESSAGES)) break
      batch.push({ seq: message.seq, body: message.body })
    }
    return batch
  }

  const later = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      timer = undefined
      void flush()
    }, ms)
  }

  const backOff = () => {
    later(pause * (0.75 + Math.random() / 2))
    pause = Math.min(LONGEST_PAUSE, pause * 2)
  }

  const failed = (error: unknown, batch: OutboxMessage[]) => {
    const data = options.reasonOf(error)
    if (!data) return backOff()
    if (isFinal(data.reason)) return close()
    switch (data.reason) {
      case 'rate-limited':
        return later((data.retryAfterMs ?? 1_000) + Math.random() * 100)
      case 'sequence-gap':
        gap = true
        state = 'held'
        return options.onGap()
      case 'bad-request': {
        // Sending it again can't help, and leaving it out would be a gap.
        const bad = new Set(batch.map(({ seq }) => seq))
        queue = queue.map((message) => {
          if (!bad.has(message.seq)) return message
          options.onSettled(message.seq, 'bad-message')
          return filled(message.seq)
        })
        return backOff()
      }
      case 'not-a-member':
      case 'unavailable':
      // Nobody says this to a message.
      case 'create-key':
        return backOff()
    }
  }

  const filled = (seq: number) => {
    const body = options.filler()
    return { seq, body, bytes: bytesOf(body) + ENVELOPE_BYTES }
  }

  const flush = async () => {
    if (state !== 'open' || inFlight || timer !== undefined || queue.length === 0) return
    const batch = take()
    inFlight = true
    let result: SendResult | undefined
    let failure: unknown
    try {
      result = await options.send(batch)
    } catch (error) {
      failure = error
    }
    inFlight = false
    if (isClosed()) return
    if (result) {
      pause = FIRST_PAUSE
      settle(Math.max(result.applied, batch.at(-1)!.seq), result.refused)
    } else {
      failed(failure, batch)
    }
    void flush()
  }
  // TypeScript takes `state` for unchanged across an await.
  const isClosed = () => state === 'closed'

  /** Once at the end of the tick, so that all that is said in one tick travels in one batch. */
  const flushSoon = () => {
    if (flushing) return
    flushing = true
    queueMicrotask(() => {
      flushing = false
      void flush()
    })
  }

  const close = () => {
    state = 'closed'
    clearTimeout(timer)
    queue = []
  }

  return {
    push(body) {
      const seq = nextSeq++
      if (state === 'closed') return seq
      queue.push({ seq, body, bytes: bytesOf(body) + ENVELOPE_BYTES })
      flushSoon()
      return seq
    },
    connected(applied) {
      if (state === 'closed') return
      settle(applied, [])
      nextSeq = Math.max(nextSeq, applied + 1)
      const first = queue[0]?.seq ?? nextSeq
      if (gap && applied > 0) {
        queue.unshift(
          ...Array.from({ length: first - applied - 1 }, (_, index) => filled(applied + 1 + index)),
        )
      }
      gap = false
      state = 'open'
      pause = FIRST_PAUSE
      clearTimeout(timer)
      timer = undefined
      flushSoon()
    },
    release() {
      if (state === 'held') state = 'open'
      flushSoon()
    },
    lost() {
      if (state === 'open') state = 'held'
    },
    get size() {
      return queue.length
    },
    close,
  }
}

/** The outbox against a room that behaves as the protocol says, over connections that break at the worst moments. */
import type { ClientMessage, RoomErrorData, SendResult } from '@maru/api-types'
import { BATCH_MAX_BYTES, BATCH_MAX_MESSAGES } from '@maru/api-types/limits'
import { RoomError } from '@maru/api-types/room-error'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeOutbox, type OutboxMessage } from './outbox.ts'

const chat = (text: string): ClientMessage => ({ type: 'chat', text })
const reasonOf = (error: unknown): RoomErrorData | undefined =>
  error instanceof RoomError
    ? { reason: error.reason, ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }) }
    : undefined

/** The server's part of P17–P20: applies in order, skips what it has, refuses a gap as a whole. */
function makeRoom() {
  const log: OutboxMessage[] = []
  let applied = 0
  let based = false
  return {
    log,
    get applied() {
      return applied
    },
    send(messages: OutboxMessage[]): SendResult {
      const first = messages[0]!.seq
      if (based && first > applied + 1) throw new RoomError('sequence-gap')
      based = true
      const refused: SendResult['refused'] = []
      for (const message of messages) {
        if (message.seq <= applied) continue
        applied = message.seq
        if (message.body.type === 'chat' && message.body.text === 'bad') {
          refused.push({ seq: message.seq, reason: 'bad-message' })
        } else log.push(message)
      }
      return { applied, refused }
    },
    /** As if the last of what it had applied had been lost with a store that was rolled back. */
    forgetAfter(seq: number) {
      applied = seq
    },
  }
}

function make(send: (messages: OutboxMessage[]) => Promise<SendResult>) {
  const settled: [number, string][] = []
  const onGap = vi.fn<() => void>()
  const outbox = makeOutbox({
    send,
    reasonOf,
    onGap,
    onSettled: (seq, outcome) => void settled.push([seq, outcome]),
    filler: () => ({ type: 'state', state: { mic: false, camera: false } }),
  })
  return { outbox, settled, onGap }
}
const texts = (log: OutboxMessage[]) => log.flatMap(({ body }) => (body.type === 'chat' ? [body.text] : []))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('P17: one send in flight, with everything queued meanwhile', () => {
  it('sends one tick in one batch, and the next batch only after the answer', async () => {
    const room = makeRoom()
    const batches: number[][] = []
    let answer = () => {}
    const { outbox } = make((messages) => {
      batches.push(messages.map(({ seq }) => seq))
      return new Promise((resolve) => {
        answer = () => resolve(room.send(messages))
      })
    })
    outbox.push(chat('a'))
    outbox.push(chat('b'))
    await vi.advanceTimersByTimeAsync(0)
    expect(batches).toEqual([])
    outbox.release()
    await vi.advanceTimersByTimeAsync(0)
    outbox.push(chat('c'))
    await vi.advanceTimersByTimeAsync(1_000)
    outbox.push(chat('d'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(batches).toEqual([[1, 2]])
    answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ])
  })

  it('fills a batch up to its bytes and its messages, counted as UTF-8', async () => {
    const room = makeRoom()
    const batches: OutboxMessage[][] = []
    const { outbox } = make(async (messages) => {
      batches.push(messages)
      return room.send(messages)
    })
    for (let n = 0; n < BATCH_MAX_MESSAGES + 1; n++) outbox.push(chat(`${n}`))
    for (let n = 0; n < 20; n++) outbox.push(chat('마'.repeat(2_000)))
    outbox.release()
    await vi.advanceTimersByTimeAsync(0)
    expect(batches[0]).toHaveLength(BATCH_MAX_MESSAGES)
    for (const batch of batches) {
      expect(new TextEncoder().encode(JSON.stringify(batch)).length).toBeLessThanOrEqual(BATCH_MAX_BYTES)
    }
    expect(room.applied).toBe(BATCH_MAX_MESSAGES + 21)
    expect(outbox.size).toBe(0)
  })
})

it('P18: reports a refused message by itself; the rest of its batch stands', async () => {
  const room = makeRoom()
  const { outbox, settled } = make(async (messages) => room.send(messages))
  for (const text of ['a', 'bad', 'c']) outbox.push(chat(text))
  outbox.release()
  await vi.advanceTimersByTimeAsync(0)
  expect(settled).toEqual([
    [1, 'applied'],
    [2, 'bad-message'],
    [3, 'applied'],
  ])
  expect(texts(room.log)).toEqual(['a', 'c'])
})

describe('P19: what fails a whole batch leaves it here', () => {
  it('waits as long as rate-limited says, not less', async () => {
    const room = makeRoom()
    let limited = true
    const { outbox } = make(async (messages) => {
      if (limited) throw new RoomError('rate-limited', { retryAfterMs: 3_000 })
      return room.send(messages)
    })
    outbox.push(chat('a'))
    outbox.release()
    await vi.advanceTimersByTimeAsync(0)
    limited = false
    await vi.advanceTimersByTimeAsync(2_990)
    outbox.push(chat('b'))
    expect(room.applied).toBe(0)
    await vi.advanceTimersByTimeAsync(200)
    expect(texts(room.log)).toEqual(['a', 'b'])
  })

  it.each(['unavailable', 'not-a-member'] as const)('tries again by itself after %s', async (reason) => {
    const room = makeRoom()
    let failures = 3
    const { outbox } = make(async (messages) => {
      if (failures-- > 0) throw new RoomError(reason)
      return room.send(messages)
    })
    outbox.push(chat('a'))
    outbox.release()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(texts(room.log)).toEqual(['a'])
  })

  it('closes a gap with messages that change nothing, and goes on', async () => {
    const room = makeRoom()
    const { outbox, onGap, settled } = make(async (messages) => room.send(messages))
    outbox.release()
    for (const text of ['a', 'b', 'c']) outbox.push(chat(text))
    await vi.advanceTimersByTimeAsync(0)
    room.forgetAfter(1)
    outbox.push(chat('d'))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(onGap).toHaveBeenCalledTimes(1)
    outbox.connected(room.applied)
    await vi.advanceTimersByTimeAsync(0)
    expect(texts(room.log)).toEqual(['a', 'b', 'c', 'd'])
    expect(room.applied).toBe(4)
    expect(settled.at(-1)).toEqual([4, 'applied'])
  })

  it('gives up a batch whose envelope the server refuses, and not what follows', async () => {
    const room = makeRoom()
    const { outbox, settled } = make(async (messages) => {
      if (messages.some(({ body }) => body.type === 'chat' && body.text === 'poison'))
        throw new RoomError('bad-request')
      return room.send(messages)
    })
    outbox.push(chat('poison'))
    outbox.release()
    await vi.advanceTimersByTimeAsync(0)
    outbox.push(chat('b'))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(settled[0]).toEqual([1, 'bad-message'])
    expect(texts(room.log)).toEqual(['b'])
  })

  it('falls silent after a final reason', async () => {
    const send = vi.fn<() => Promise<SendResult>>(async () => {
      throw new RoomError('replaced')
    })
    const { outbox } = make(send)
    outbox.push(chat('a'))
    outbox.release()
    await vi.advanceTimersByTimeAsync(0)
    outbox.push(chat('b'))
    outbox.connected(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(send).toHaveBeenCalledTimes(1)
  })
})

describe('P20: a batch without an answer goes again after the new connection’s first event', () => {
  it('holds everything until then', async () => {
    const room = makeRoom()
    const send = vi.fn<(messages: OutboxMessage[]) => Promise<SendResult>>(async (messages) =>
      room.send(messages),
    )
    const { outbox } = make(send)
    outbox.release()
    outbox.lost()
    outbox.push(chat('a'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(send).not.toHaveBeenCalled()
    outbox.connected(0)
    await vi.advanceTimersByTimeAsync(0)
    expect(texts(room.log)).toEqual(['a'])
  })

  it('loses nothing, repeats nothing and keeps the order, wherever the connection breaks', async () => {
    // Before the server read it, after it was applied, or not at all.
    const fate = fc.constantFrom('fine', 'lost-before', 'lost-after', 'unavailable', 'not-a-member')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fate, fc.integer({ min: 0, max: 5 })), { maxLength: 30 }),
        async (steps) => {
          const room = makeRoom()
          const fates: string[] = []
          const { outbox, settled } = make(async (messages) => {
            const what = fates.shift() ?? 'fine'
            if (what === 'lost-before') throw new Error('closed')
            if (what === 'unavailable' || what === 'not-a-member') throw new RoomError(what)
            const result = room.send(messages)
            if (what === 'lost-after') throw new Error('closed')
            return result
          })
          outbox.release()
          const said: string[] = []
          for (const [what, count] of steps) {
            fates.push(what)
            for (let n = 0; n < count; n++) {
              said.push(`${said.length}`)
              outbox.push(chat(said.at(-1)!))
            }
            await vi.advanceTimersByTimeAsync(1)
            if (what.startsWith('lost')) {
              outbox.lost()
              await vi.advanceTimersByTimeAsync(500)
              outbox.connected(room.applied)
            }
          }
          fates.length = 0
          await vi.advanceTimersByTimeAsync(60_000)
          expect(texts(room.log)).toEqual(said)
          expect(settled.map(([seq]) => seq)).toEqual(said.map((_, index) => index + 1))
          outbox.close()
        },
      ),
      { numRuns: 200 },
    )
  })
})

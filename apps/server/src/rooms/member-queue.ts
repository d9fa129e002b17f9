/** Feeds one subscription: what is pushed comes out of an async iterator, in order. */
import { RoomError } from '@maru/api-types'

/**
 * Its reader writes to a socket at once, and the socket is what is cut when the other side doesn't read: more than what a
 * resume may bring (a minute of ten people as fast as they may talk) waits only where the reader itself is stuck.
 */
export const MAX_WAITING = 50_000

/** Written by hand because Node's `events.on` costs 51 KB of heap for each member against 16. */
export class MemberQueue<T> implements AsyncIterableIterator<T, undefined> {
  /** Called when the reader has stopped reading: tRPC does that at every end but a refusal. */
  onReturn: (() => void) | undefined
  #items: T[] = []
  #waiting: { resolve(result: IteratorResult<T, undefined>): void; reject(error: Error): void } | undefined
  #end: { error?: Error } | undefined

  push(item: T): void {
    if (this.#end) return
    if (this.#waiting) {
      this.#waiting.resolve({ done: false, value: item })
      this.#waiting = undefined
    } else if (this.#items.length < MAX_WAITING) {
      this.#items.push(item)
    } else {
      // It resumes from what it was last given, so that nothing of this is lost.
      this.#items = []
      this.end(new RoomError('unavailable'))
    }
  }

  /** What was pushed before still comes out; then the iterator ends, with `error` if there is one. */
  end(error?: Error): void {
    if (this.#end) return
    this.#end = error ? { error } : {}
    if (!this.#waiting) return
    if (error) this.#waiting.reject(error)
    else this.#waiting.resolve({ done: true, value: undefined })
    this.#waiting = undefined
  }

  /** One reader, one call at a time: tRPC's loop. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#items.length > 0) return Promise.resolve({ done: false, value: this.#items.shift()! })
    if (this.#end?.error) return Promise.reject(this.#end.error)
    if (this.#end) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#items = []
    this.end()
    this.onReturn?.()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

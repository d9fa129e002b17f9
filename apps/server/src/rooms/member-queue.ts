/** Feeds one subscription: what is pushed goes to its reader, in order. */
import { RoomError, type RoomEvent } from '@maru/api-types'

/**
 * Its reader writes to a socket at once, and the socket is what is cut when the other side doesn't read: more than what a
 * resume may bring (a minute of ten people as fast as they may talk) waits only where there is no reader.
 */
export const MAX_WAITING = 50_000

/** An event as it goes to one member, with the id that it may resume from: tRPC's tracked event. */
export class Delivery {
  readonly id: string
  readonly data: RoomEvent

  constructor(id: string, data: RoomEvent) {
    this.id = id
    this.data = data
  }
}

export interface QueueReader<T> {
  item(item: T): void
  /** The last word; with an error if it was one. */
  end(error?: Error): void
}

/**
 * Calls its reader rather than being asked: Node's `events.on` costs 51 KB of heap for each member, an iterator of promises
 * half a dozen of them for each event.
 */
export class MemberQueue<T> {
  /** tRPC's types know a subscription's events by this; nobody iterates. */
  declare [Symbol.asyncIterator]: () => AsyncIterator<T, undefined>
  #waiting: T[] = []
  #reader: QueueReader<T> | undefined
  #end: { error?: Error } | undefined

  push(item: T): void {
    if (this.#end) return
    if (this.#reader) {
      this.#reader.item(item)
    } else if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push(item)
    } else {
      // It resumes from what it was last given, so that nothing of this is lost.
      this.#waiting = []
      this.end(new RoomError('unavailable'))
    }
  }

  /** What was pushed before still goes out; then comes the end, with `error` if there is one. */
  end(error?: Error): void {
    if (this.#end) return
    this.#end = error ? { error } : {}
    this.#reader?.end(error)
  }

  /** Hands over what waits, and from now on what comes, as it comes. For one reader. */
  read(reader: QueueReader<T>): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const item of waiting) reader.item(item)
    if (this.#end) reader.end(this.#end.error)
    else this.#reader = reader
  }
}

/** Follows what is both published and stored: publishing is the fast path, the store is the truth. */
import { setTimeout as pause } from 'node:timers/promises'
import type { RedisSubscriber } from './redis-subscriber.ts'

export interface FollowerOptions {
  subscriber: RedisSubscriber
  channel: string
  /** Takes what was published, if it comes next or was known already; `false` when something before it is missing. */
  apply: (published: string) => boolean
  /** Takes from the store whatever has been missed. */
  read: () => Promise<void>
}

export interface Follower {
  /** Resolves when it listens and has read for the first time. */
  started: Promise<void>
  /** Something may have been missed. */
  catchUp(): void
  stop(): void
}

/** Milliseconds between two tries to read. */
const RETRY = 250

type State =
  | { kind: 'listening' }
  /** What is heard meanwhile waits in `held`. `again`: this read may have begun too early, another one is due. */
  | { kind: 'reading'; held: string[]; again: boolean }
  | { kind: 'stopped' }

export function makeFollower({ subscriber, channel, apply, read }: FollowerOptions): Follower {
  const reading = (): State => ({ kind: 'reading', held: [], again: false })
  let state: State = reading()

  function receive(published: string): void {
    if (state.kind === 'reading') state.held.push(published)
    // It is stored by now: the read brings it with what was missing before it.
    else if (state.kind === 'listening' && !apply(published)) catchUp()
  }

  function catchUp(): void {
    if (state.kind === 'reading') state.again = true
    if (state.kind !== 'listening') return
    state = reading()
    void readUntilDone()
  }

  async function readUntilDone(): Promise<void> {
    while (state.kind === 'reading') {
      try {
        await read()
        return release()
      } catch {
        // The store isn't there, which its connection has reported. What is held is stored too.
        await pause(RETRY, undefined, { ref: false })
        if (state.kind === 'reading') state = reading()
      }
    }
  }

  function release(): void {
    if (state.kind !== 'reading') return
    const { held, again } = state
    state = { kind: 'listening' }
    if (again) catchUp()
    for (const published of held) receive(published)
  }

  async function start(): Promise<void> {
    await subscriber.subscribe(channel, { message: receive, live: catchUp })
    await read()
    release()
  }

  const started = start()
  // Whoever waits for it hears; when nobody does any more, it is no fault of the process.
  started.catch(() => undefined)
  return {
    started,
    catchUp,
    stop() {
      state = { kind: 'stopped' }
      subscriber.unsubscribe(channel)
    },
  }
}

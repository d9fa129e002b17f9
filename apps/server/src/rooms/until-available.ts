/** Asks the store in turn with the others, and again while it can't be reached. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RoomError } from '@maru/api-types'
import { makeTurns } from './turns.ts'

const FIRST_DELAY = 100
const LONGEST_DELAY = 2_000

/**
 * When thousands come back at once, all their questions in the store's queue would be answered too late for each of
 * them, and asked again: so many are asked at a time, which is plenty for whoever comes alone.
 */
const AT_ONCE = 64

const turns = makeTurns(AT_ONCE)

/**
 * Repeats a step until it answers or throws anything but `unavailable`, with growing, jittered pauses.
 * @throws the signal's AbortError when it is aborted meanwhile
 */
export async function untilAvailable<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 2, LONGEST_DELAY)) {
    try {
      return await turns.run(step, signal)
    } catch (error) {
      if (!(error instanceof RoomError) || error.reason !== 'unavailable') throw error
    }
    await sleep(delay * (0.75 + Math.random() / 2), undefined, { signal })
  }
}

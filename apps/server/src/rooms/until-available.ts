/** Tries again while the store can't be reached. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RoomError } from '@maru/api-types'

const FIRST_DELAY = 100
const LONGEST_DELAY = 2_000

/**
 * Repeats a step until it answers or throws anything but `unavailable`, with growing, jittered pauses.
 * @throws the signal's AbortError when it is aborted meanwhile
 */
export async function untilAvailable<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 2, LONGEST_DELAY)) {
    signal.throwIfAborted()
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof RoomError) || error.reason !== 'unavailable') throw error
    }
    await sleep(delay * (0.75 + Math.random() / 2), undefined, { signal })
  }
}

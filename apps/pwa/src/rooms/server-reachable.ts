/** Whether the server can be reached, as a signal. */
import { createSignal, onCleanup } from 'solid-js'
import { watchReachable } from '../signaling/reachable.ts'

/** An interruption that is over before anybody could have read of it is none. */
const PATIENCE_MS = 2_500

/** Owner-bound. */
export function createServerReachable(): () => boolean {
  const [reachable, setReachable] = createSignal(true)
  onCleanup(watchReachable(PATIENCE_MS, setReachable))
  return reachable
}

/** Keeps the screen from going dark as long as there is something to look at. */
import { onCleanup, onMount } from 'solid-js'

/** Owner-bound. Browsers let go of the lock whenever the page is hidden; it is taken again when it is back. */
export function createWakeLock(): void {
  onMount(() => {
    // Not in every browser, and on no insecure origin; TypeScript takes it for always there.
    const { wakeLock } = navigator as { wakeLock?: WakeLock }
    if (!wakeLock) return
    let held: WakeLockSentinel | undefined
    let over = false
    const isHeld = (): boolean => held !== undefined && !held.released

    const take = async (): Promise<void> => {
      if (over || document.visibilityState !== 'visible' || isHeld()) return
      try {
        const lock = await wakeLock.request('screen')
        // Asked for twice, or the call is over by now.
        if (over || isHeld()) return await lock.release()
        held = lock
      } catch {
        // Refused, to save the battery for instance. The screen then goes dark when it always does.
      }
    }
    const again = (): void => void take()
    document.addEventListener('visibilitychange', again)
    again()
    onCleanup(() => {
      over = true
      document.removeEventListener('visibilitychange', again)
      held?.release().catch(() => {})
    })
  })
}

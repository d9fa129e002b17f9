/** Whether a room is open, in this tab or another one: nothing may be updated under a call. */
import { createEffect, createSignal, onCleanup } from 'solid-js'

/** Held, shared, by every tab with a room open; the browser lets go of it when a tab dies. */
const LOCK = 'maru.room'

const [inRoom, setInRoom] = createSignal(false)

/** This tab stands at a room's door or sits in it. */
export { inRoom }

/** Owner-bound. Says so to all tabs while `open()` is true. */
export function createInRoom(open: () => boolean): void {
  createEffect(() => {
    if (!open()) return
    setInRoom(true)
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    // Not on an insecure origin; there is no service worker there either.
    navigator.locks?.request(LOCK, { mode: 'shared' }, () => over).catch(() => undefined)
    onCleanup(() => {
      setInRoom(false)
      end()
    })
  })
}

/** Resolves once no tab has a room open. */
export const whenNoRoomIsOpen = (): Promise<void> => navigator.locks.request(LOCK, () => undefined)

export const isAnyRoomOpen = (): Promise<boolean> =>
  navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => lock === null)

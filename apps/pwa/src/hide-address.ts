/** Whether this person's network address is kept from the others in a call, as chosen in this browser. */
import { createSignal } from 'solid-js'
import { forget, recall, remember } from './storage.ts'

const KEY = 'maru.hideAddress'

const [hidesAddress, setSignal] = createSignal(recall(KEY) !== undefined)

/** Connections that are made from now on go by it. */
export { hidesAddress }

export function setHidesAddress(on: boolean): void {
  if (on) remember(KEY, 'on')
  else forget(KEY)
  setSignal(on)
}

// Another tab's choice is this browser's. `storage` fires in the other tabs only.
if (typeof window !== 'undefined') {
  window.addEventListener('storage', (event) => {
    if (event.key === KEY) setSignal(event.newValue !== null)
  })
}

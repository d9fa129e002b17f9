/** Whether Maru can be installed from here, and how. */
import { createSignal } from 'solid-js'
import { recall, remember } from '../storage.ts'

/** Chromium's; in no standard library of types. */
interface InstallPromptEvent extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>
}

/** `button`: the browser asks when told to. `by-hand`: iOS, where only the person can. */
export type InstallWay = 'none' | 'button' | 'by-hand'

const KEY = 'maru.install-hint'

const [prompt, setPrompt] = createSignal<InstallPromptEvent>()
const [dismissed, setDismissed] = createSignal(recall(KEY) === 'no')

/** Early: the event comes once, long before anybody has been in a call. */
export function watchInstallability(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    // The browser's own bar would come over the first page of somebody who knows nothing of Maru yet.
    event.preventDefault()
    setPrompt(event as InstallPromptEvent)
  })
  window.addEventListener('appinstalled', () => setPrompt(undefined))
}

/** `navigator.standalone` is iOS's alone: false in a tab, true when opened from the home screen. */
const isTabOnIos = (): boolean => 'standalone' in navigator && navigator.standalone === false

export function installWay(): InstallWay {
  if (dismissed()) return 'none'
  if (prompt()) return 'button'
  return isTabOnIos() ? 'by-hand' : 'none'
}

/** Shows the browser's question. It can be asked once for each event. */
export async function install(): Promise<void> {
  const event = prompt()
  setPrompt(undefined)
  await event?.prompt()
}

/** For good, in this browser. */
export function dismissInstallHint(): void {
  remember(KEY, 'no')
  setDismissed(true)
}

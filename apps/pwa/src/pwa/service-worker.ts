/** Registers the service worker, and knows when a new version waits to be accepted. */
import { createSignal } from 'solid-js'
import { whenNoRoomIsOpen } from './open-rooms.ts'

/** `held`: accepted, but a call goes on in another tab. */
type Offer = 'none' | 'ready' | 'held'

const HOUR_MS = 3_600_000
const PATIENCE_MS = 5_000
/** From the page's load on: then whoever has come by a link is in the call. */
const SETTLED_MS = 3_000

const [offer, setOffer] = createSignal<Offer>('none')
export { offer, setOffer }

/** After the page itself, and after its way into a call: a first visit's bytes and its processor belong to these. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const start = (): void => void setTimeout(() => void register().catch(() => undefined), SETTLED_MS)
  if (document.readyState === 'complete') start()
  else window.addEventListener('load', start, { once: true })
}

async function register(): Promise<void> {
  const { serviceWorker } = navigator
  let controlled = serviceWorker.controller !== null
  serviceWorker.addEventListener('controllerchange', () => {
    // The first worker of all takes over a page that is of its own build.
    if (!controlled) controlled = true
    // Another tab has accepted it (who does it in this one is about to reload): here the old version still stands.
    else void announce()
  })
  // Asked past the HTTP cache, and by the server told the same: a worker that is stuck would keep its page stuck.
  const found = await serviceWorker.register('/sw.js', { updateViaCache: 'none' })
  const look = (): void => {
    if (found.active && found.waiting) void announce()
  }
  look()
  found.addEventListener('updatefound', () => found.installing?.addEventListener('statechange', look))
  watchForUpdates(found)
}

/** The browser itself asks only when a page is opened, and a meeting's tab may stay open for days. */
function watchForUpdates(found: ServiceWorkerRegistration): void {
  let asked = Date.now()
  const ask = (): void => {
    if (document.visibilityState !== 'visible' || Date.now() - asked < HOUR_MS) return
    asked = Date.now()
    found.update().catch(() => undefined)
  }
  document.addEventListener('visibilitychange', ask)
  setInterval(ask, HOUR_MS / 4)
}

/** Offers it as soon as nobody can be disturbed in a call. */
export async function announce(): Promise<void> {
  await whenNoRoomIsOpen()
  setOffer('ready')
}

/**
 * For a page that is broken or too old: past the service worker, which would serve the same page again. The next page
 * registers a new one. Offline, the worker's page is all there is.
 */
export async function reloadFromServer(): Promise<void> {
  try {
    const there = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })
    if (there.ok) await (await navigator.serviceWorker?.getRegistration())?.unregister()
  } catch {
    // No server, or no registrations to be had here.
  }
  location.reload()
}

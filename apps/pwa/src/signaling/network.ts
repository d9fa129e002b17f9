/** What the operating system tells of the network, as far as the browser passes it on. */

/** `online`: there is a network again; `changed`: another one (Wi-Fi to mobile); `visible`: the page is back. */
export type NetworkHint = 'online' | 'changed' | 'visible'

/** Chromium and Firefox on Android have it, Safari doesn't; TypeScript's DOM lacks it. */
interface NetworkInformation extends EventTarget {
  readonly type?: string
}

/** Calls back at each hint until it's stopped. Does nothing where there is no window (tests). */
export function watchNetwork(callback: (hint: NetworkHint) => void): () => void {
  if (typeof window === 'undefined') return () => {}
  const stop = new AbortController()
  const { signal } = stop
  window.addEventListener('online', () => callback('online'), { signal })
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'visible') callback('visible')
    },
    { signal },
  )
  const connection = (navigator as { connection?: NetworkInformation }).connection
  let type = connection?.type
  // It fires for each new estimate of the speed too, which says nothing about where packets go.
  connection?.addEventListener?.(
    'change',
    () => {
      if (connection.type === type) return
      type = connection.type
      callback('changed')
    },
    { signal },
  )
  return () => stop.abort()
}

/** The person wants the new version. */
import { isAnyRoomOpen } from './open-rooms.ts'
import { announce, setOffer } from './service-worker.ts'

const PATIENCE_MS = 5_000

/** The new worker takes over, and the page is loaded again: now, or when the call in another tab is over and asked. */
export async function acceptOffer(): Promise<void> {
  if (await isAnyRoomOpen()) {
    setOffer('held')
    return announce()
  }
  const { serviceWorker } = navigator
  const waiting = (await serviceWorker.getRegistration())?.waiting
  // Another tab was faster.
  if (!waiting) return location.reload()
  serviceWorker.addEventListener('controllerchange', () => location.reload())
  waiting.postMessage('accept-update')
  setTimeout(() => location.reload(), PATIENCE_MS)
}

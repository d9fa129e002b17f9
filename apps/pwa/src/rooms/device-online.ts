/** Whether the device thinks that it has a network at all. */
import { createSignal, onCleanup } from 'solid-js'

export function createDeviceOnline(): () => boolean {
  const [online, setOnline] = createSignal(navigator.onLine)
  const update = (): void => void setOnline(navigator.onLine)
  window.addEventListener('online', update)
  window.addEventListener('offline', update)
  onCleanup(() => {
    window.removeEventListener('online', update)
    window.removeEventListener('offline', update)
  })
  return online
}

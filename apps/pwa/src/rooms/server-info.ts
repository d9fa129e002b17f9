/** What the server says of itself before it is asked for anything. */
import type { ServerInfo } from '@maru/api-types'
import { createSignal, onCleanup } from 'solid-js'
import { readServerInfo } from '../signaling/client.ts'

/** Owner-bound. `undefined` until the server has answered; it is waited for as long as it takes. */
export function createServerInfo(): () => ServerInfo | undefined {
  const [info, setInfo] = createSignal<ServerInfo>()
  const ending = new AbortController()
  onCleanup(() => ending.abort())
  // An old server doesn't know the question: it has nothing of what is asked about either.
  readServerInfo(ending.signal).then(setInfo, () => undefined)
  return info
}

/** A room's page asks the server for much, so the connection is opened while the page itself is still on its way. */
import { watchConnection } from '../signaling/client.ts'
import { callKey, recall } from '../storage.ts'

/** @param path of the page that is being opened */
export function connectEarly(path: string): void {
  const [, folder, roomId] = path.split('/')
  // Whoever may come back to a call first needs its record, which goes with the connection (P55).
  if (folder === 'r' && roomId && recall(callKey(roomId), 'session') === undefined)
    watchConnection(() => {})()
}

/** A client's WebSocket to a rival that speaks JSON without a library of its own. */
import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface BareSocket {
  send(message: object): Promise<void>
  close(): void
}

export async function openSocket(url: string, onMessage: (message: unknown) => void): Promise<BareSocket> {
  const ws = new WebSocket(url, { perMessageDeflate: false })
  ws.on('message', (data: Buffer) => onMessage(JSON.parse(data.toString())))
  await once(ws, 'open')
  ws.on('error', () => {})
  return {
    send: (message) =>
      new Promise((resolve, reject) =>
        ws.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve())),
      ),
    close: () => ws.terminate(),
  }
}

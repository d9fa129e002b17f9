/** The page's WebSocket with somebody on the line: what the server can't be asked to do is done here. */
import type { Page, WebSocketRoute } from '@playwright/test'

/** Return nothing to swallow the frame. */
type Change = (frame: string) => string | undefined

export interface Wire {
  toServer: Change
  toPage: Change
  /** Says something to the server in the page's name. */
  say(text: string): void
  /** Says something to the page in the server's name. */
  answer(text: string): void
}

const unchanged: Change = (frame) => frame

/** Before the page is opened. */
export async function tapWire(page: Page): Promise<Wire> {
  let last: { page: WebSocketRoute; server: WebSocketRoute } | undefined
  const wire: Wire = {
    toServer: unchanged,
    toPage: unchanged,
    say: (text) => last?.server.send(text),
    answer: (text) => last?.page.send(text),
  }
  await page.routeWebSocket(/\/ws(?:\?|$)/, (socket) => {
    const server = socket.connectToServer()
    last = { page: socket, server }
    socket.onMessage((frame) => {
      const passed = wire.toServer(String(frame))
      if (passed !== undefined) server.send(passed)
    })
    server.onMessage((frame) => {
      const passed = wire.toPage(String(frame))
      if (passed !== undefined) socket.send(passed)
    })
  })
  return wire
}

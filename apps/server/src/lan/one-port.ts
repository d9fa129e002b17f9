/** TLS and plain http on one port: what is typed without a scheme, a browser may well try the plain way. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { answer } from '../edge/pages.ts'

/** The first byte of a TLS handshake: RFC 8446, 5.1. */
const HANDSHAKE = 22
/** Milliseconds until the first byte; a browser that connects ahead of time says nothing for a while, too. */
const FIRST_BYTE_MS = 20_000
/** Milliseconds in which a plain request must have been made and answered. */
const PLAIN_MS = 10_000

/**
 * Makes `server` redirect those who speak plain http to it.
 * @param isOwn whether a Host header is an address of this server: nobody is sent anywhere else
 */
export function acceptPlainHttp(server: Server, isOwn: (host: string | undefined) => boolean): void {
  const plain = createServer((request, response) => redirect(request, response, isOwn))
  plain.on('upgrade', (_, stream) => stream.destroy())
  const startTls = server.listeners('connection')
  const sockets = new Set<Socket>()

  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const silence = setTimeout(() => socket.destroy(), FIRST_BYTE_MS).unref()
    socket.once('data', (first: Buffer) => {
      clearTimeout(silence)
      // What has been read already is read once more by whoever takes over.
      socket.pause()
      socket.unshift(first)
      if (first[0] === HANDSHAKE) {
        for (const listener of startTls) listener.call(server, socket)
      } else {
        setTimeout(() => socket.destroy(), PLAIN_MS).unref()
        plain.emit('connection', socket)
        socket.resume()
      }
    })
  })
  // The server itself knows only of those that have got as far as a request.
  server.closeAllConnections = () => {
    for (const socket of sockets) socket.destroy()
  }
}

/** For now only (307): the next start may be one without https. */
function redirect(
  request: IncomingMessage,
  response: ServerResponse,
  isOwn: (host: string | undefined) => boolean,
): void {
  const { host } = request.headers
  const path = request.url ?? '/'
  response.setHeader('Connection', 'close')
  if (!isOwn(host) || !path.startsWith('/')) {
    answer(response, 400, 'This is an https server: put https:// in front of its address.')
    return
  }
  response.writeHead(307, { Location: `https://${host}${path}`, 'Cache-Control': 'no-store' }).end()
}

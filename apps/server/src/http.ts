/** The HTTP side: health, the app's pages, and the upgrade of those whom the gate lets in. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { type Admission, createGate, type GateOptions, isOwnHost, pathOf, SOCKET_PATH } from './edge/gate.ts'
import { answer, createPages } from './edge/pages.ts'
import type { AnswerReady } from './edge/readiness.ts'
import { makeTurnstile } from './edge/turnstile.ts'
import { setSecurityHeaders } from './edge/security-headers.ts'
import type { Lan } from './lan/lan.ts'
import { acceptPlainHttp } from './lan/one-port.ts'
import type { SocketServer, Upgrade } from './socket.ts'

export interface HttpOptions extends GateOptions {
  /** Undefined where `/readyz` is on a port of its own. */
  answerReady: AnswerReady | undefined
  sockets: SocketServer
  /** Speaks https with this; undefined: plain http. */
  lan?: Lan | undefined
  /** The certificate that phones may trust, as it is now. */
  authority: () => Buffer | undefined
  /** The built app. */
  pagesDirectory: string
  /** Whether the server is on its way out. */
  isDraining: () => boolean
}

/** Where phones get the certificate that they may trust. */
const AUTHORITY_PATH = '/trust/maru-ca.crt'

/** WebSockets that are taken in one turn of the event loop: some milliseconds' work. */
const UPGRADES_PER_TURN = 16

/** A page's requests are small and quick; whoever takes longer is holding a slot. */
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 20_000 }

function listener(lan: Lan | undefined, handle: RequestListener): Server | SecureServer {
  if (!lan) return createServer(TIMEOUTS, handle)
  const secure = createSecureServer({ ...TIMEOUTS, handshakeTimeout: 10_000, ...lan.credentials }, handle)
  acceptPlainHttp(secure, (host) => isOwnHost(host, lan.ownNames))
  return secure
}

export function createHttpServer(options: HttpOptions): Server | SecureServer {
  const { sockets, isDraining, lan, answerReady } = options
  const pages = createPages(options)
  const gate = createGate(options)
  const inTurn = makeTurnstile(UPGRADES_PER_TURN)

  const server = listener(lan, (request, response) => {
    setSecurityHeaders(request, response, options)
    const path = pathOf(request)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      answer(response, 405, 'Only GET and HEAD.')
    } else if (path === '/healthz') {
      answer(response, 200, 'ok')
    } else if (path === '/readyz' && answerReady) {
      void answerReady(response)
    } else if (path === SOCKET_PATH) {
      response.setHeader('Upgrade', 'websocket')
      answer(response, 426, 'This is where the WebSocket goes.')
    } else if (path === AUTHORITY_PATH) {
      sendAuthority(response, options.authority())
    } else if (!pages(request, response)) {
      answer(response, 404, 'Not found.')
    }
  })

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // A client that goes away in the middle of this must not take the process with it.
    stream.on('error', () => stream.destroy())
    inTurn(() => {
      // Whoever has waited too long is gone and costs nothing more.
      if (stream.destroyed) return
      if (isDraining()) refuse(stream, 503, 'restarting')
      else void gate(request).then((admission) => letIn(admission, { request, stream, head }))
    })
  })
  return server

  function letIn(admission: Admission, upgrade: Omit<Upgrade, 'addressKey'>): void {
    if (!admission.admitted) refuse(upgrade.stream, admission.status, admission.why)
    else sockets.accept({ ...upgrade, addressKey: admission.addressKey }, admission.release)
  }
}

/** DER, under the type at which phones offer to install it. */
function sendAuthority(response: ServerResponse, certificate: Buffer | undefined): void {
  if (!certificate) return answer(response, 404, 'Not found.')
  response.writeHead(200, {
    'Content-Type': 'application/x-x509-ca-cert',
    'Content-Length': certificate.length,
    'Cache-Control': 'no-store',
  })
  response.end(response.req.method === 'HEAD' ? undefined : certificate)
}

function refuse(stream: Duplex, status: number, why: string): void {
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${why.length + 1}\r\n\r\n${why}\n`,
  )
}

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
import type { Logger } from 'pino'
import { makeForwardedWatch } from './edge/forwarded.ts'
import { type Admission, createGate, type GateOptions, isOwnHost, pathOf, SOCKET_PATH } from './edge/gate.ts'
import { answer, createPages } from './edge/pages.ts'
import type { AnswerReady } from './edge/readiness.ts'
import { securityHeaders } from './edge/security-headers.ts'
import { makeTurnstile } from './edge/turnstile.ts'
import type { Lan } from './lan/lan.ts'
import { acceptPlainHttp } from './lan/one-port.ts'
import type { SocketServer, Upgrade } from './socket.ts'

export interface HttpOptions extends GateOptions {
  /** Undefined where `/readyz` is on a port of its own. */
  answerReady: AnswerReady | undefined
  sockets: SocketServer
  logger: Logger
  /** Speaks https with this; undefined: plain http. */
  lan?: Lan | undefined
  /** The certificate that phones may trust, as it is now. */
  authority: () => Buffer | undefined
  /** The built app. */
  pagesDirectory: string
  /** Whether the server is on its way out. */
  isDraining: () => boolean
}

/** An upgrade that isn't one. */
interface Refusal {
  request: IncomingMessage
  stream: Duplex
  status: number
  why: string
}

/** Where phones get the certificate that they may trust. */
const AUTHORITY_PATH = '/trust/maru-ca.crt'

/** WebSockets that are taken in one turn of the event loop: some milliseconds' work. */
const UPGRADES_PER_TURN = 16

/** A page's requests are small and quick; whoever takes longer is holding a slot. */
// Node looks every half a minute by itself, and would let a slot be held for as long.
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 20_000, connectionsCheckingInterval: 2_000 }

function listener(lan: Lan | undefined, handle: RequestListener): Server | SecureServer {
  if (!lan) return createServer(TIMEOUTS, handle)
  const secure = createSecureServer({ ...TIMEOUTS, handshakeTimeout: 10_000, ...lan.credentials }, handle)
  acceptPlainHttp(secure, (host) => isOwnHost(host, lan.ownNames))
  return secure
}

export function createHttpServer(options: HttpOptions): Server | SecureServer {
  const { sockets, isDraining, lan, answerReady, trustedProxies, logger } = options
  const pages = createPages(options)
  const security = { ...options, inlineScripts: pages.inlineScripts }
  const gate = createGate(options)
  const watchForwarded = makeForwardedWatch(trustedProxies, logger)
  const inTurn = makeTurnstile(UPGRADES_PER_TURN)

  const server = listener(lan, (request, response) => {
    watchForwarded(request)
    for (const [name, value] of securityHeaders(request, security)) response.setHeader(name, value)
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
    } else if (!pages.answer(request, response)) {
      answer(response, 404, 'Not found.')
    }
  })

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // A client that goes away in the middle of this must not take the process with it.
    stream.on('error', destroy)
    watchForwarded(request)
    inTurn(() => {
      // Whoever has waited too long is gone and costs nothing more.
      if (stream.destroyed) return
      if (isDraining()) turnAway({ request, stream, status: 503, why: 'restarting' })
      else void gate(request).then((admission) => letIn(admission, { request, stream, head }))
    })
  })
  return server

  function turnAway({ request, stream, status, why }: Refusal): void {
    const headers = [
      ...securityHeaders(request, security),
      ['Connection', 'close'],
      ['Content-Type', 'text/plain'],
    ]
    if (status === 429) headers.push(['Retry-After', '30'])
    headers.push(['Content-Length', String(why.length + 1)])
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n${why}\n`)
  }

  function letIn(admission: Admission, upgrade: Omit<Upgrade, 'addressKey'>): void {
    const { request, stream } = upgrade
    if (!admission.admitted) turnAway({ request, stream, ...admission })
    else sockets.accept({ ...upgrade, addressKey: admission.addressKey }, admission.release)
  }
}

/** Not a closure: it stays as long as the connection, and would keep the request. */
function destroy(this: Duplex): void {
  this.destroy()
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

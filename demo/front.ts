/** The one address that the browser sees: passes everything on to a replica that is up, and has the demo's own paths. */
import {
  createServer,
  type IncomingMessage,
  request as requestUpstream,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { DemoState } from '../apps/pwa/src/demo/demo-state.ts'

export interface FrontOptions {
  port: number
  /** Of the replicas that are up. */
  targets(): number[]
  state(): DemoState
  /** Where `/demo` leads; undefined while there is no room yet. */
  room(): string | undefined
  stop(instance: string): Promise<'stopped' | 'unknown' | 'last'>
}

export interface Front extends AsyncDisposable {
  origin: string
  /** How many pages are listening. */
  watchers(): number
  /** The state has changed: the pages are told. */
  tell(): void
}

const MOST_WATCHERS = 20
/** A watcher that leaves this many bytes unread is asleep; it comes back by itself when it wakes. */
const MOST_UNREAD = 64 * 1024
const LONGEST_BODY = 200

/** @throws `EADDRINUSE` and its like, when the port can't be had */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { port, targets } = options
  const host = `localhost:${port}`
  const watchers = new Set<ServerResponse>()
  const sockets = new Set<Duplex>()
  let turn = 0

  function keep(socket: Duplex): void {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }

  const stateFrame = (): string => `data: ${JSON.stringify(options.state())}\n\n`
  const tell = (): void => {
    for (const watcher of watchers) {
      if (watcher.writableLength > MOST_UNREAD) watcher.destroy()
      else watcher.write(stateFrame())
    }
  }
  function watch(response: ServerResponse): void {
    if (watchers.size >= MOST_WATCHERS) return answer(response, 503)
    watchers.add(response)
    response.on('close', () => watchers.delete(response))
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.write(stateFrame())
  }

  async function stop(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (incoming.method !== 'POST') return answer(response, 405)
    // A browser always says whose page asks, and no page can say that it is another one's.
    if (incoming.headers.origin !== `http://${host}`) return answer(response, 403)
    const instance = await readInstance(incoming)
    if (instance === undefined) return answer(response, 400)
    const outcome = await options.stop(instance)
    answer(response, { stopped: 204, unknown: 404, last: 409 }[outcome])
  }

  function lead(response: ServerResponse): void {
    const room = options.room()
    if (room === undefined) return answer(response, 503)
    response.writeHead(302, { Location: `${room}#demo`, 'Cache-Control': 'no-store' }).end()
  }

  /** The demo's own paths, which no real server has. Answers whether it was one of them. */
  function answerDemo(incoming: IncomingMessage, response: ServerResponse): boolean {
    const path = incoming.url!.split('?', 1)[0]!
    if (path !== '/demo' && !path.startsWith('/demo/')) return false
    // A name that somebody else has pointed at this machine is not ours.
    if (incoming.headers.host !== host) answer(response, 403)
    else if (path === '/demo/stop') void stop(incoming, response).catch(() => response.destroy())
    else if (incoming.method !== 'GET') answer(response, 405)
    else if (path === '/demo/events') watch(response)
    else if (path === '/demo') lead(response)
    else answer(response, 404)
    return true
  }

  function forward(incoming: IncomingMessage, response: ServerResponse, ports: number[]): void {
    const [first, ...others] = ports
    if (first === undefined) return answer(response, 502)
    const { url: path, method, headers } = incoming
    const upstream = requestUpstream({ host: '127.0.0.1', port: first, path, method, headers }, (reply) => {
      response.writeHead(reply.statusCode!, reply.headers)
      reply.pipe(response)
      reply.on('error', () => response.destroy())
    })
    upstream.on('error', () =>
      response.headersSent ? response.destroy() : forward(incoming, response, others),
    )
    upstream.end()
  }

  /** To the next one in turn; to the others when it has just died. */
  function pipe(incoming: IncomingMessage, client: Duplex, ports: number[]): void {
    const [first, ...others] = ports
    if (first === undefined) return void client.destroy()
    const upstream: Socket = connect(first, '127.0.0.1')
    const next = (): void => pipe(incoming, client, others)
    upstream.once('error', next)
    upstream.once('connect', () => {
      upstream.off('error', next)
      keep(upstream)
      const lines = incoming.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`))
      upstream.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('')}\r\n`)
      client.pipe(upstream).pipe(client)
      // pipe() passes on an end, but not a death.
      client.on('close', () => upstream.destroy())
      upstream.on('close', () => client.destroy())
    })
  }

  const server = createServer((incoming, response) => {
    if (!answerDemo(incoming, response)) forward(incoming, response, targets())
  })
  server.on('upgrade', (incoming, client, head) => {
    keep(client)
    if (head.length > 0) client.unshift(head)
    const ports = targets()
    const first = turn++ % Math.max(1, ports.length)
    pipe(incoming, client, [...ports.slice(first), ...ports.slice(0, first)])
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Nobody but this computer.
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    origin: `http://${host}`,
    watchers: () => watchers.size,
    tell,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** `{"instance": "…"}`, or undefined for anything else. */
async function readInstance(incoming: IncomingMessage): Promise<string | undefined> {
  let body = ''
  for await (const chunk of incoming) {
    body += String(chunk)
    if (body.length > LONGEST_BODY) return undefined
  }
  try {
    const { instance } = JSON.parse(body) as { instance?: unknown }
    return typeof instance === 'string' ? instance : undefined
  } catch {
    return undefined
  }
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' })
  response.end(status === 204 ? undefined : `${STATUS_CODES[status]}\n`)
}

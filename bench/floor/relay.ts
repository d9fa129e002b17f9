/** The least that a signaling server can be: rooms and a relay on `ws`; with `REDIS_URL`, over any number of processes. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { Redis } from 'ioredis'
import { type WebSocket, WebSocketServer } from 'ws'

/** As the example of `ws`: https://github.com/websockets/ws#how-to-detect-and-close-broken-connections */
const PING_MS = 30_000
const LOG_ENTRIES = 1_000

type Message = { type: 'join'; room: string } | { type: 'signal'; n: number; to: string; signal: unknown }

const { PORT, REDIS_URL } = process.env
const redis = REDIS_URL === undefined ? undefined : new Redis(REDIS_URL)
const subscriber = redis?.duplicate()
/** The members of each room that are connected here. */
const rooms = new Map<string, Map<string, WebSocket>>()
const alive = new WeakSet<WebSocket>()

const server = createServer((_, response) => response.end())
const sockets = new WebSocketServer({ server, perMessageDeflate: false })

sockets.on('connection', (socket) => {
  const id = randomUUID()
  let room: string | undefined
  alive.add(socket)
  socket.on('pong', () => alive.add(socket))
  socket.on('error', () => {})
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message
    if (message.type === 'join') {
      room = message.room
      void enter(room, id, socket)
    } else if (room !== undefined) {
      const { n, to, signal } = message
      void pass(room, to, JSON.stringify({ type: 'signal', from: id, signal })).then(() =>
        socket.send(JSON.stringify({ type: 'ok', n })),
      )
    }
  })
  socket.on('close', () => {
    if (room !== undefined) leave(room, id)
  })
})

async function enter(room: string, id: string, socket: WebSocket): Promise<void> {
  let here = rooms.get(room)
  if (!here) {
    rooms.set(room, (here = new Map()))
    await subscriber?.subscribe(room)
  }
  here.set(id, socket)
  let members = [...here.keys()]
  if (redis) {
    const [, [, all] = []] =
      (await redis.pipeline().hset(`${room}:members`, id, '').hkeys(`${room}:members`).exec()) ?? []
    members = all as string[]
  }
  socket.send(JSON.stringify({ type: 'inside', id, members }))
  await tell(room, '*', JSON.stringify({ type: 'joined', id }))
}

function leave(room: string, id: string): void {
  const here = rooms.get(room)
  here?.delete(id)
  void redis?.hdel(`${room}:members`, id)
  if (here?.size !== 0) return
  rooms.delete(room)
  void subscriber?.unsubscribe(room)
}

/** To one member, kept in the room's log. */
async function pass(room: string, to: string, frame: string): Promise<void> {
  if (!redis) return deliver(room, to, frame)
  await redis
    .pipeline()
    .xadd(`${room}:log`, 'MAXLEN', '~', LOG_ENTRIES, '*', 'to', to, 'event', frame)
    .publish(room, `${to} ${frame}`)
    .exec()
}

async function tell(room: string, to: string, frame: string): Promise<void> {
  if (redis) await redis.publish(room, `${to} ${frame}`)
  else deliver(room, to, frame)
}

function deliver(room: string, to: string, frame: string): void {
  const here = rooms.get(room)
  if (to === '*') for (const socket of here?.values() ?? []) socket.send(frame)
  else here?.get(to)?.send(frame)
}

subscriber?.on('message', (room, text) => {
  const space = text.indexOf(' ')
  deliver(room, text.slice(0, space), text.slice(space + 1))
})

setInterval(() => {
  for (const socket of sockets.clients) {
    if (!alive.delete(socket)) socket.terminate()
    else socket.ping()
  }
}, PING_MS)

server.listen(Number(PORT), '127.0.0.1')

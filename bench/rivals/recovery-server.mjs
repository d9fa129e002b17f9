/**
 * A replica of a chat as Socket.IO's documentation writes one that is to lose nothing: connection state recovery over
 * the Redis streams adapter. Ready when `/readyz` says so.
 */
import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { createClient } from 'redis'
import { Server } from 'socket.io'

const redis = createClient({ url: process.env.REDIS_URL })
// Without a listener the first lost connection to Redis would end the process.
redis.on('error', () => undefined)
await redis.connect()

const http = createServer((_, response) => response.end(JSON.stringify({ instance: String(process.pid) })))
const io = new Server(http, {
  adapter: createAdapter(redis),
  connectionStateRecovery: { maxDisconnectionDuration: 2 * 60 * 1000, skipMiddlewares: true },
})
io.on('connection', (socket) => {
  socket.on('join', (room, joined) => Promise.resolve(socket.join(room)).then(() => joined(process.pid)))
  socket.on('chat', (room, text) => socket.to(room).emit('chat', text))
})
process.on('SIGTERM', () => process.exit())
http.listen(Number(process.env.PORT), '127.0.0.1')

/** A signaling server as Socket.IO's documentation writes one; with `REDIS_URL`, over its Redis streams adapter. */
import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { createClient } from 'redis'
import { Server } from 'socket.io'

const { PORT, REDIS_URL, RECOVERY } = process.env

const http = createServer((_, response) => response.end())
/** @type {Partial<import('socket.io').ServerOptions>} */
const options = { transports: ['websocket'], perMessageDeflate: false }
// https://socket.io/docs/v4/connection-state-recovery, with the values of its example.
if (RECOVERY === 'on')
  options.connectionStateRecovery = { maxDisconnectionDuration: 2 * 60 * 1000, skipMiddlewares: true }
if (REDIS_URL !== undefined) {
  const redis = createClient({ url: REDIS_URL })
  await redis.connect()
  options.adapter = createAdapter(redis)
}
const io = new Server(http, options)

io.on('connection', (socket) => {
  socket.on('join', async (room, name, answer) => {
    socket.data.name = name
    await socket.join(room)
    socket.to(room).emit('joined', { id: socket.id, name })
    const members = await io.in(room).fetchSockets()
    answer({ id: socket.id, members: members.map(({ id, data }) => ({ id, name: data.name })) })
  })
  socket.on('signal', (to, signal, answer) => {
    io.to(to).emit('signal', { from: socket.id, signal })
    answer('ok')
  })
})

http.listen(Number(PORT), '127.0.0.1')

/** Somebody in that chat, over Socket.IO's own client and its default back-off. */
import { io } from 'socket.io-client'

/**
 * @param {{origin: string, room: string, onSign: () => void, onLost: () => void}} options `onSign`: something came from
 *   the server; `onLost`: the connection is gone
 * @returns {Promise<{instance: string, say: () => void, close: () => void}>}
 */
export function enter({ origin, room, onSign, onLost }) {
  // A balancer without sticky sessions takes nothing else; it also spares its client the change of transports.
  const socket = io(origin, { transports: ['websocket'], forceNew: true })
  return new Promise((resolve) => {
    socket.on('connect', async () => {
      onSign()
      if (socket.recovered) return
      const pid = await socket.emitWithAck('join', room)
      resolve({
        instance: String(pid),
        say: () => socket.emit('chat', room, 'Hello'),
        close: () => socket.disconnect(),
      })
    })
    socket.on('chat', onSign)
    socket.on('disconnect', onLost)
  })
}

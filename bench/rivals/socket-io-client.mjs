/** A member over Socket.IO's own client, which a room's page would use. */
import { io } from 'socket.io-client'

/**
 * @param {{roomId: string, port: number, onSignal: (signal: any) => void}} seat
 */
export async function enter({ roomId, port, onSignal }) {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  socket.on('signal', ({ signal }) => onSignal(signal))
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject))
  const askedAt = performance.now()
  const { id, members } = await socket.emitWithAck('join', roomId, 'Somebody')
  return {
    id,
    found: members.length,
    joinMs: performance.now() - askedAt,
    say: (to, signal) => socket.emitWithAck('signal', to, signal),
    close: () => socket.disconnect(),
  }
}

/** PeerJS' server with what its client says to it. Who is in a room is left to whoever uses it, so nothing is joined. */
import { randomUUID } from 'node:crypto'
import type { Signal } from '@maru/api-types'
import { openSocket } from './bare-socket.ts'
import type { Contender } from './contender.ts'

/** As the client of PeerJS: `pingInterval` of its `Socket`. */
const HEARTBEAT_MS = 5_000

let rooms = 0

export const PEERJS: Contender = {
  name: 'PeerJS',
  backend: 'memory',
  server: { main: 'bench/rivals/peerjs-server.mjs' },
  does: 'passes a message on to any id; no rooms, and nothing is acknowledged: a message counts as sent when it was heard',
  makeRoom: async () => `room-${++rooms}`,
  async enter({ port, onSignal }) {
    const id = randomUUID()
    const { promise: open, resolve } = Promise.withResolvers<void>()
    const askedAt = performance.now()
    const socket = await openSocket(
      `ws://127.0.0.1:${port}/peerjs?key=peerjs&id=${id}&token=t&version=1.5.5`,
      (said) => {
        const { type, payload } = said as { type: string; payload: Signal }
        if (type === 'OPEN') resolve()
        else onSignal(payload)
      },
    )
    await open
    const beat = setInterval(() => void socket.send({ type: 'HEARTBEAT' }), HEARTBEAT_MS)
    return {
      id,
      found: 0,
      joinMs: performance.now() - askedAt,
      say: (to, signal) =>
        socket.send({
          type: signal.description?.type.toUpperCase() ?? 'CANDIDATE',
          dst: to,
          payload: signal,
        }),
      close() {
        clearInterval(beat)
        socket.close()
      },
    }
  },
}

/** The floor: rooms and a relay with nothing but `ws`, and the same with the Redis commands that Maru needs. */
import type { Signal } from '@maru/api-types'
import { openSocket } from './bare-socket.ts'
import type { Contender, Member, Seat } from './contender.ts'

type Message =
  | { type: 'inside'; id: string; members: string[] }
  | { type: 'joined'; id: string }
  | { type: 'ok'; n: number }
  | { type: 'signal'; from: string; signal: Signal }

let rooms = 0

async function enter({ roomId, port, onSignal }: Seat): Promise<Member> {
  const waiting = new Map<number, () => void>()
  const { promise: inside, resolve: letIn } = Promise.withResolvers<Extract<Message, { type: 'inside' }>>()
  let last = 0
  const socket = await openSocket(`ws://127.0.0.1:${port}`, (said) => {
    const message = said as Message
    switch (message.type) {
      case 'inside':
        return letIn(message)
      case 'signal':
        return onSignal(message.signal)
      case 'ok':
        waiting.get(message.n)?.()
        waiting.delete(message.n)
        return
      case 'joined':
    }
  })
  const askedAt = performance.now()
  await socket.send({ type: 'join', room: roomId })
  const { id, members } = await inside
  return {
    id,
    found: members.length,
    joinMs: performance.now() - askedAt,
    say: (to, signal) =>
      new Promise((resolve, reject) => {
        const n = ++last
        waiting.set(n, resolve)
        socket.send({ type: 'signal', n, to, signal }).catch(reject)
      }),
    close: () => socket.close(),
  }
}

const common = {
  server: { main: 'bench/floor/relay.ts' },
  makeRoom: async () => `room-${++rooms}`,
  enter,
}

export const RAW_WS: Contender = {
  ...common,
  name: 'raw ws',
  backend: 'memory',
  does: 'passes a message on to its member and answers `ok`; keeps nothing',
}

export const RAW_WS_REDIS: Contender = {
  ...common,
  name: 'raw ws, Redis',
  backend: 'redis',
  does: 'XADD and PUBLISH in one write for each message, one subscription per room and process, then `ok`; nothing is checked and nobody can resume',
}

/** Maru itself: the server as it is started in production, and the page's own outbox, back-off and pings. */
import type { ClientMessage } from '@maru/api-types'
import { createWireRoom, joinWire } from '../../e2e/support/wire-member.ts'
import type { Contender, Member, Seat } from './contender.ts'

let addresses = 0
/** Everybody is at home: limits by address are for those who share one. No limit is lifted. */
const nextAddress = (): string => {
  const n = ++addresses
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
}

interface Talker extends Member {
  /** To everyone inside. Resolves when the server has acknowledged it. */
  chat(text: string): Promise<void>
}

export interface TalkerSeat extends Seat {
  onChat?: (text: string) => void
}

export function enterMaru({ roomId, port, onSignal, onChat }: TalkerSeat): Promise<Talker> {
  return new Promise((resolve, reject) => {
    const waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
    const say = (body: ClientMessage): Promise<void> =>
      new Promise((applied, refused) => waiting.set(wire.say(body), { resolve: applied, reject: refused }))
    const wire = joinWire({
      roomId,
      target: () => port,
      address: nextAddress(),
      onEvent: (event, { joinSentAt }) => {
        if (event.type === 'signal') onSignal(event.signal)
        if (event.type === 'chat') onChat?.(event.message.text)
        if (event.type !== 'snapshot') return
        resolve({
          id: event.you.peerId,
          found: event.peers.length,
          joinMs: performance.now() - joinSentAt,
          say: (to, signal) => say({ type: 'signal', to, signal }),
          chat: (text) => say({ type: 'chat', text }),
          close: () => wire.close(),
        })
      },
      onSettled: (seq, outcome) => {
        const message = waiting.get(seq)
        waiting.delete(seq)
        if (outcome === 'applied') message?.resolve()
        else message?.reject(new Error(outcome))
      },
      onEnd: (reason) => reject(new Error(`Not let in: ${reason}`)),
    })
  })
}

const common = {
  server: {},
  makeRoom: (port: number) => createWireRoom(port, { name: 'Bench', capacity: 10, address: nextAddress() }),
  enter: enterMaru,
}

export const MARU: Contender = {
  ...common,
  name: 'Maru',
  backend: 'memory',
  does: 'applies a message to the room’s log, hands it to its member, acknowledges it; a page has one batch in flight',
}

export const MARU_REDIS: Contender = {
  ...common,
  name: 'Maru, Redis',
  backend: 'redis',
  does: 'the same in one Lua script: fencing, log, publish; acknowledged once Redis has it; resumable without a gap',
}

/** Rooms whose members chat: what is said goes to everyone inside. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stand } from '../contenders/contender.ts'
import { enterMaru, MARU_REDIS } from '../contenders/maru.ts'
import { atRate, type Audience, measure, type Outcome } from '../traffic/outcome.ts'

type Talker = Awaited<ReturnType<typeof enterMaru>>

export interface Chats extends Audience, Disposable {
  stand: Stand
  talkers: Talker[]
}

const TEXT = 'lorem ipsum '.repeat(16).trim()
const LONGEST_MS = 30_000

export interface ChatRooms {
  rooms: number
  inARoom: number
  /** Where a room's members are: where the load balancer brings them, or wherever they land without its doing so (P62). */
  at: 'one replica' | 'all replicas'
}

export async function startChats(stand: Stand, { rooms, inARoom, at }: ChatRooms): Promise<Chats> {
  let hear: (numbers: number[]) => void = () => {}
  const talkers: Talker[] = []
  for (let room = 0; room < rooms; room++) {
    const roomId = await MARU_REDIS.makeRoom(stand.servers[0]!.port)
    const entering = Array.from({ length: inARoom }, (_, i) =>
      enterMaru({
        roomId,
        port: stand.servers[(at === 'one replica' ? room : room + i) % stand.servers.length]!.port,
        onSignal: () => {},
        onChat: (text) => hear([Number.parseInt(text, 10)]),
      }),
    )
    talkers.push(...(await Promise.all(entering)))
  }
  return {
    stand,
    talkers,
    copies: inARoom,
    listen: (listener) => (hear = listener),
    [Symbol.dispose]: () => talkers.forEach((talker) => talker.close()),
  }
}

/** Everyone says the next one when all have heard the last one. */
export const chatOn = (chats: Chats, each: number): Promise<Outcome> =>
  measure(chats.stand, chats, async (traffic) => {
    const talking = chats.talkers.map(async (talker) => {
      for (let i = 0; i < each; i++) await traffic.say(1, ([n]) => talker.chat(`${n} ${TEXT}`))
    })
    await Promise.race([Promise.all(talking), sleep(LONGEST_MS, undefined, { ref: false })])
  })

export const chatAtRate = (chats: Chats, rate: Parameters<typeof atRate>[0]): Promise<Outcome> =>
  measure(chats.stand, chats, (traffic) =>
    atRate(rate, (i) => {
      const talker = chats.talkers[i % chats.talkers.length]!
      void traffic.say(1, ([n]) => talker.chat(`${n} ${TEXT}`))
    }),
  )

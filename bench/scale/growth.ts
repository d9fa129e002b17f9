/** The same traffic among few rooms and among many: what a room costs that somebody else is in. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stand } from '../contenders/contender.ts'
import { enterAll } from '../contenders/enter-all.ts'
import type { Side } from '../traffic/cast.ts'
import { type Audience, measure, type Outcome } from '../traffic/outcome.ts'
import { numbersOf, signalOf } from '../traffic/signals.ts'

export interface Town extends Audience, Disposable {
  stand: Stand
  size: TownSize
  /** Those who talk, two in a room. */
  sides: Side[]
}

/** Messages on their way at a time. */
const AT_ONCE = 20
const QUIET_MS = 1_000

export interface TownSize {
  rooms: number
  /** Rooms with people: in some of them two who talk, in the others somebody alone. The rest is empty, as most are. */
  occupied: number
  talking: number
}

export async function settle(stand: Stand, size: TownSize): Promise<Town> {
  const { rooms, occupied, talking: pairs } = size
  let hear: (numbers: number[]) => void = () => {}
  const ports = stand.servers.map(({ port }) => port)
  const talking = await enterAll(stand.contender, {
    ports,
    rooms: pairs,
    inARoom: 2,
    onSignal: (signal) => hear(numbersOf(signal)),
  })
  const alone = await enterAll(stand.contender, { ports, rooms: occupied - pairs, inARoom: 1 })
  await enterAll(stand.contender, { ports, rooms: rooms - occupied, inARoom: 0 })
  return {
    stand,
    size,
    sides: talking.flatMap(([one, other]) => [
      { me: one!, to: other!.id },
      { me: other!, to: one!.id },
    ]),
    listen: (listener) => (hear = listener),
    [Symbol.dispose]: () => [...talking, ...alone].flat().forEach((member) => member.close()),
  }
}

/** What each of so many messages costs, beyond what it costs to keep everybody who is there. */
export async function talk(town: Town, messages: number): Promise<Outcome> {
  const { stand, sides } = town
  const before = await stand.cpu()
  await sleep(QUIET_MS)
  const after = await stand.cpu()
  const keepingMs = (after.servers - before.servers) / QUIET_MS
  const began = performance.now()
  const outcome = await measure(stand, town, async (traffic) => {
    let next = 0
    const work = async (): Promise<void> => {
      for (let i = next++; i < messages; i = next++) {
        const { me, to } = sides[i % sides.length]!
        await traffic.say(1, ([n]) => me.say(to, signalOf(n!, 200)))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  })
  const keeping = keepingMs * (performance.now() - began)
  return { ...outcome, cpu: outcome.cpu - (keeping * 1_000) / messages }
}

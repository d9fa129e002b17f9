/** Members in pairs who say signals to each other. */
import type { Member, Stand } from '../contenders/contender.ts'
import { enterAll } from '../contenders/enter-all.ts'
import { numbersOf } from './signals.ts'

/** Somebody with the one that they talk to. */
export interface Side {
  me: Member
  to: string
}

export interface Cast extends Disposable {
  sides: Side[]
  /** Where what everyone hears goes. */
  listen(hear: (numbers: number[]) => void): void
}

/** Members in a room: two pairs, as in a call of four. */
const IN_A_ROOM = 4

/** Fills rooms; who talk to each other are at different servers where there are several. */
export async function assemble({ contender, servers }: Stand, rooms: number): Promise<Cast> {
  let hear: (numbers: number[]) => void = () => {}
  const filled = await enterAll(contender, {
    ports: servers.map(({ port }) => port),
    rooms,
    inARoom: IN_A_ROOM,
    onSignal: (signal) => hear(numbersOf(signal)),
  })
  const sides = filled.flatMap((inside) => inside.map((me, seat) => ({ me, to: inside[seat ^ 1]!.id })))
  return {
    sides,
    listen: (listener) => (hear = listener),
    [Symbol.dispose]: () => sides.forEach(({ me }) => me.close()),
  }
}

/** Idle members of one server in a process of their own: one process can't open as many sockets as all of them need. */
import { enterAll } from '../contenders/enter-all.ts'
import { CONTENDERS } from '../contenders/contenders.ts'

const IN_A_ROOM = 10

export interface Order {
  who: string
  port: number
  members: number
}

process.on('message', ({ who, port, members }: Order) => {
  const contender = CONTENDERS.find(({ name }) => name === who)!
  enterAll(contender, { ports: [port], rooms: Math.ceil(members / IN_A_ROOM), inARoom: IN_A_ROOM }).then(
    () => process.send?.('inside'),
    (error: unknown) => process.send?.(String(error)),
  )
})
// Nobody left to measure for.
process.on('disconnect', () => process.exit(0))

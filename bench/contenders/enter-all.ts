/** Fills rooms with members, some at a time. */
import type { Signal } from '@maru/api-types'
import type { Contender, Member } from './contender.ts'

export interface Filling {
  /** Of the servers, each in its turn. */
  ports: number[]
  rooms: number
  inARoom: number
  onSignal?: (signal: Signal) => void
}

/** Rooms that are being filled at a time. */
const AT_ONCE = 16

/** @returns them room by room */
export async function enterAll(contender: Contender, filling: Filling): Promise<Member[][]> {
  const { ports, rooms, inARoom, onSignal = () => {} } = filling
  const all: Member[][] = []
  let next = 0
  async function work(): Promise<void> {
    for (let room = next++; room < rooms; room = next++) {
      const roomId = await contender.makeRoom(ports[0]!)
      const members: Member[] = []
      all.push(members)
      for (let i = 0; i < inARoom; i++) {
        const port = ports[(room + i) % ports.length]!
        members.push(await contender.enter({ roomId, port, onSignal }))
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, rooms) }, work))
  return all
}

/** Pairs of members who say signals to each other, and whether all of it came: once each, and acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Signal } from '@maru/api-types'
import type { Member, Stand } from '../contenders/contender.ts'
import { numbersOf } from './signals.ts'

/** Far beyond what any of it takes: what hasn't come by then was lost. */
const LOST_AFTER_MS = 10_000

/** Somebody with the one that they talk to. */
export interface Side {
  me: Member
  to: string
}

export class Traffic {
  /** Milliseconds from saying to hearing. */
  delays: number[] = []
  said = 0
  heard = 0
  twice = 0
  failed = 0
  #pending = 0
  #saidAt: (number | undefined)[] = []
  #hearers = new Map<number, () => void>()

  get complete(): boolean {
    return this.heard === this.said && this.twice === 0 && this.failed === 0
  }

  /** @returns the numbers that the next signals carry */
  take(count: number): number[] {
    const first = this.#saidAt.length
    const now = performance.now()
    for (let i = 0; i < count; i++) this.#saidAt.push(now)
    this.said += count
    return Array.from({ length: count }, (_, i) => first + i)
  }

  /** Resolves when it was acknowledged and heard. */
  async say({ me, to }: Side, signal: Signal): Promise<void> {
    this.#pending++
    const heard = numbersOf(signal).map((n) => new Promise<void>((resolve) => this.#hearers.set(n, resolve)))
    try {
      await me.say(to, signal)
      await Promise.all(heard)
    } catch {
      this.failed++
    } finally {
      this.#pending--
    }
  }

  hear(signal: Signal): void {
    const now = performance.now()
    for (const n of numbersOf(signal)) {
      const saidAt = this.#saidAt[n]
      if (saidAt === undefined) {
        this.twice++
        continue
      }
      this.#saidAt[n] = undefined
      this.heard++
      this.delays.push(now - saidAt)
      this.#hearers.get(n)?.()
      this.#hearers.delete(n)
    }
  }

  /** Until nothing is on its way any more, or was for too long. */
  async settle(): Promise<void> {
    const deadline = performance.now() + LOST_AFTER_MS
    while (this.#pending > 0 && performance.now() < deadline) await sleep(5)
    // The acknowledgement of what was heard last.
    await sleep(20)
  }
}

export interface Cast extends Disposable {
  sides: Side[]
  /** Where what everyone hears goes. */
  listen(hear: (signal: Signal) => void): void
}

/** Members in a room: two pairs, as in a call of four. */
const IN_A_ROOM = 4
const AT_ONCE = 16

/** Fills rooms; who talk to each other are at different servers where there are several. */
export async function assemble({ contender, servers }: Stand, rooms: number): Promise<Cast> {
  let hear: (signal: Signal) => void = () => {}
  const sides: Side[] = []
  const work = Array.from({ length: rooms }, (_, i) => i)
  async function fill(): Promise<void> {
    while (work.pop() !== undefined) {
      const roomId = await contender.makeRoom(servers[0]!.port)
      const inside: Member[] = []
      for (let seat = 0; seat < IN_A_ROOM; seat++) {
        const { port } = servers[seat % servers.length]!
        inside.push(await contender.enter({ roomId, port, onSignal: (signal) => hear(signal) }))
      }
      sides.push(...inside.map((me, seat) => ({ me, to: inside[seat ^ 1]!.id })))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, fill))
  return {
    sides,
    listen: (listener) => (hear = listener),
    [Symbol.dispose]: () => sides.forEach(({ me }) => me.close()),
  }
}

/** Rooms of four who talk, half of each on the replica that a fault will strike, and when they heard anything. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Node, Stack } from '../../e2e/faults/stack.ts'
import { createWireRoom, joinWire } from '../../e2e/support/wire-member.ts'

/** Says something every so many milliseconds. */
const PACE_MS = 250
const IN_A_ROOM = 4
/** What was sent before a fault that costs no connection has arrived by then: 40 ms later were seen. */
const UNDERWAY_MS = 60

interface Talker {
  /** Where their first connection was. */
  instance: string
  say(): void
  close(): void
}

interface Seat {
  stack: Stack
  room: string
  index: number
  /** Something came from the server: an event, or the word that one is back. */
  onSign: () => void
  /** The connection is gone. */
  onLost: () => void
}

/** A kind of signaling, with its servers and its client. */
export interface Signaling {
  name: 'Maru' | 'Socket.IO'
  /** Of its server, from the checkout's root; absent: Maru's. */
  main?: string
  makeRoom: (stack: Stack, index: number) => Promise<string>
  enter: (seat: Seat) => Promise<Talker>
}

/** Everybody has their own, as far as limits go. */
const addressOf = (index: number): string => `10.1.${index >> 8}.${index & 255}`

export const MARU: Signaling = {
  name: 'Maru',
  makeRoom: (stack, index) =>
    createWireRoom(stack.balancer.port, { name: 'Bench', capacity: 10, address: addressOf(index) }),
  async enter({ stack, room, index, onSign, onLost }) {
    const first = stack.nodes[index % stack.nodes.length]!
    let port = first.port
    const entered = Promise.withResolvers<void>()
    const member = joinWire({
      roomId: room,
      address: addressOf(index),
      // Where a balancer would have put them; it decides from then on.
      target: () => {
        const target = port
        port = stack.balancer.port
        return target
      },
      origin: `http://127.0.0.1:${stack.balancer.port}`,
      onLost,
      onEvent: () => {
        onSign()
        entered.resolve()
      },
    })
    await entered.promise
    return {
      instance: first.instance,
      say: () => void member.say({ type: 'chat', text: 'Hello' }),
      close: () => member.close(),
    }
  },
}

interface RivalModule {
  enter: (options: { origin: string } & Pick<Seat, 'room' | 'onSign' | 'onLost'>) => Promise<Talker>
}

let rooms = 0

export const SOCKET_IO: Signaling = {
  name: 'Socket.IO',
  main: 'bench/rivals/recovery-server.mjs',
  makeRoom: async () => `room-${++rooms}`,
  async enter({ stack, room, onSign, onLost }) {
    const { enter } = (await import(
      new URL('../rivals/recovery-client.mjs', import.meta.url).href
    )) as RivalModule
    return enter({ origin: `http://127.0.0.1:${stack.balancer.port}`, room, onSign, onLost })
  },
}

interface Witness {
  talker: Talker
  /** `performance.now()` of each sign of the server, and of each loss of it. */
  signs: number[]
  losses: number[]
}

export class Crowd implements Disposable {
  readonly #witnesses: Witness[]
  readonly #stopped = new AbortController()

  private constructor(witnesses: Witness[]) {
    this.#witnesses = witnesses
    for (const { talker } of witnesses) void this.#talk(talker)
  }

  static async gather({ makeRoom, enter }: Signaling, stack: Stack, size: number): Promise<Crowd> {
    const witnesses: Witness[] = []
    for (let index = 0; index < size; index += IN_A_ROOM) {
      const room = await makeRoom(stack, index)
      await Promise.all(
        Array.from({ length: IN_A_ROOM }, async (_, i) => {
          const signs: number[] = []
          const losses: number[] = []
          const onSign = (): void => void signs.push(performance.now())
          const onLost = (): void => void losses.push(performance.now())
          const talker = await enter({ stack, room, index: index + i, onSign, onLost })
          witnesses.push({ talker, signs, losses })
        }),
      )
    }
    return new Crowd(witnesses)
  }

  /**
   * Milliseconds from `since` until each of them heard anything of the server again, on a new connection where the old
   * one was lost; until now, who has not.
   * @param struck only those on this replica
   */
  returns(since: number, struck?: Node): number[] {
    const now = performance.now()
    return this.#heard(since, struck).map((at) => (at ?? now) - since)
  }

  /** Each of them has heard of the server again. */
  isBack(since: number, struck?: Node): boolean {
    return this.#heard(since, struck).every((at) => at !== undefined)
  }

  #heard(since: number, struck: Node | undefined): (number | undefined)[] {
    return this.#witnesses
      .filter(({ talker }) => struck === undefined || talker.instance === struck.instance)
      .map(({ signs, losses }) => {
        const lost = losses.find((at) => at > since) ?? since + UNDERWAY_MS
        return signs.find((at) => at > lost)
      })
  }

  async #talk(talker: Talker): Promise<void> {
    const { signal } = this.#stopped
    await pause(Math.random() * PACE_MS)
    while (!signal.aborted) {
      talker.say()
      await pause(PACE_MS)
    }
  }

  [Symbol.dispose](): void {
    this.#stopped.abort()
    for (const { talker } of this.#witnesses) talker.close()
  }
}

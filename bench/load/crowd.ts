/** Many members in one process: they fill rooms, chat, make way for newcomers, and come back when they are cut off. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MAX_CAPACITY } from '@maru/api-types/limits'
import { createWireRoom } from '../../e2e/support/wire-member.ts'
import { Ledger, type Verdict } from './ledger.ts'
import { Player } from './player.ts'
import { emptyTally, type Tally } from './tally.ts'

export interface CrowdOptions {
  rooms: number
  members: number
  /** Tells this crowd's addresses from another's. */
  number: number
}

export interface TalkOptions {
  ms: number
  /** Each says something that often, milliseconds. */
  chatMs: number
  /** In each room somebody makes way for a newcomer that often, milliseconds; 0 for never. */
  churnMs: number
}

/** A place in a room, and who has it now. */
interface Seat {
  roomId: string
  address: string
  player: Player | undefined
}

export class Crowd {
  readonly #options: CrowdOptions
  readonly #ledger = new Ledger()
  #seats: Seat[] = []
  #ports: number[] = []
  #turn = 0
  #newcomers = 0
  #tally = emptyTally()
  #backMs: number[] = []
  #talking = new AbortController()

  constructor(options: CrowdOptions) {
    this.#options = options
  }

  /** The servers that a load balancer would give a new connection to, each in its turn. */
  setTargets(ports: number[]): void {
    this.#ports = ports
  }

  async makeRooms(): Promise<void> {
    const { rooms, members, number } = this.#options
    for (let room = 0; room < rooms; room++) {
      // Everybody is at home: limits by address are for those who share one.
      const address = (i: number): string => `10.${number}.${room >> 4}.${(room % 16) * 10 + i}`
      // Room for those, too, whose connection died before they could say that they leave.
      const options = { name: `Load ${room}`, capacity: MAX_CAPACITY, address: address(0) }
      const roomId = await createWireRoom(this.#target(), options)
      for (let i = 0; i < members; i++) this.#seats.push({ roomId, address: address(i), player: undefined })
    }
  }

  /** Fills every seat, so many at a time. Milliseconds that it took. */
  async enter(atOnce: number): Promise<number> {
    const began = performance.now()
    const { members, rooms } = this.#options
    // One to each room before the second to any.
    const order = this.#seats.map((_, i) => this.#seats[(i % rooms) * members + Math.floor(i / rooms)]!)
    const work = async (): Promise<void> => {
      for (let seat = order.shift(); seat; seat = order.shift()) await this.#sitDown(seat)
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    return performance.now() - began
  }

  async talk({ ms, chatMs, churnMs }: TalkOptions): Promise<void> {
    this.#talking = new AbortController()
    const stop = AbortSignal.any([AbortSignal.timeout(ms), this.#talking.signal])
    const every = async (period: number, act: () => unknown): Promise<void> => {
      const pause = (wait: number) => sleep(wait, undefined, { signal: stop }).catch(() => undefined)
      for (await pause(Math.random() * period); !stop.aborted; await pause(period * (0.5 + Math.random())))
        await act()
    }
    const talking = this.#seats.map((seat) => every(chatMs, () => seat.player?.chat()))
    const rooms = churnMs === 0 ? [] : Object.values(Object.groupBy(this.#seats, ({ roomId }) => roomId))
    const churning = rooms.map((seats = []) =>
      every(churnMs, async () => {
        const seat = seats[Math.floor(Math.random() * seats.length)]!
        await seat.player?.leave()
        // Another person from somewhere else: what servers keep by address must not pile up.
        const n = ++this.#newcomers
        seat.address = `10.${100 + this.#options.number}.${(n >> 8) & 255}.${n & 255}`
        await this.#sitDown(seat)
      }),
    )
    await Promise.all([...talking, ...churning])
  }

  /** Ends the talk before its time. */
  hush(): void {
    this.#talking.abort()
  }

  /** Until nobody waits for a connection or an acknowledgement any more. Answers how many still do. */
  async settle(withinMs: number): Promise<number> {
    const deadline = performance.now() + withinMs
    const waiting = (): number => this.#seats.filter(({ player }) => player && !player.settled).length
    while (waiting() > 0 && performance.now() < deadline) await sleep(20)
    // What was acknowledged last is on its way to the others.
    await sleep(500)
    return waiting()
  }

  /** How long those were away who are back since this was last asked, milliseconds; and how many still are away. */
  takeReturns(): { backMs: number[]; away: number } {
    const backMs = this.#backMs
    this.#backMs = []
    return { backMs, away: this.#seats.filter(({ player }) => player?.lostAt !== undefined).length }
  }

  take(): Tally {
    const tally = this.#tally
    this.#tally = emptyTally()
    return tally
  }

  /** The connections of that share of all die without a word. */
  cut(share: number): void {
    for (const { player } of this.#seats) if (Math.random() < share) player?.cut()
  }

  async leave(): Promise<void> {
    await Promise.all(this.#seats.map(async ({ player }) => player?.leave()))
  }

  judge(): Verdict {
    return this.#ledger.judge()
  }

  #target(): number {
    return this.#ports[this.#turn++ % this.#ports.length] ?? 0
  }

  async #sitDown(seat: Seat): Promise<void> {
    const { roomId, address } = seat
    seat.player = new Player({
      roomId,
      address,
      target: () => this.#target(),
      tally: () => this.#tally,
      ledger: this.#ledger,
      onBack: (ms) => this.#backMs.push(ms),
    })
    await seat.player.entered
  }
}

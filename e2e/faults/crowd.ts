/** Rooms full of people in every state that a fault can find them in, and the notes they take. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Witness } from './checker.ts'
import { type Link, startLink } from './link.ts'
import { createRoom, Member } from './member.ts'
import type { Stack } from './stack.ts'

/** `setup`: they come in one after the other while it happens, and negotiate. */
export type State = 'idle' | 'setup' | 'chat'

export interface Size {
  rooms: number
  members: number
}

/** Milliseconds between the messages of each who chats, and between those who come in. */
const PACE_MS = 200
const ARRIVALS_MS = 100
/** Those in the first of these many rooms of a state die without a word as the fault begins. */
const ROOMS_WITH_DEAD = 2

export class Crowd implements AsyncDisposable {
  readonly #stack: Stack
  readonly #state: State
  readonly #rooms: string[] = []
  readonly #members: Member[] = []
  readonly #newcomers: Member[] = []
  readonly #doomed: { member: Member; link: Link }[] = []
  readonly #stopped = new AbortController()

  private constructor(stack: Stack, state: State) {
    this.#stack = stack
    this.#state = state
  }

  /** Makes the rooms; all but those who come during the fault are inside when it resolves. */
  static async gather(stack: Stack, state: State, size: Size): Promise<Crowd> {
    const crowd = new Crowd(stack, state)
    const origin = `http://127.0.0.1:${stack.balancer.port}`
    crowd.#rooms.push(...(await Promise.all(Array.from({ length: size.rooms }, () => createRoom(origin)))))
    for (const [i, roomId] of crowd.#rooms.entries()) {
      for (let j = 0; j < size.members; j++) crowd.#members.push(crowd.#member(origin, roomId, `${i}.${j}`))
      if (i < ROOMS_WITH_DEAD) await crowd.#addDoomed(roomId, `${i}.dead`)
    }
    // Somebody is inside wherever others come in: an empty room that is lost stays lost.
    const early = crowd.#members.filter((_, i) => state !== 'setup' || i % size.members === 0)
    for (const member of early) member.join()
    await until(() => early.every(({ live }) => live), 15_000)
    return crowd
  }

  get witnesses(): Witness[] {
    return [...this.#members, ...this.#doomed.map(({ member }) => member), ...this.#newcomers].map(
      ({ witness }) => witness,
    )
  }

  get newcomers(): string[] {
    return this.#newcomers.map(({ witness }) => witness.name)
  }

  /** What they do by themselves: speak, or come in. */
  start(): void {
    if (this.#state === 'chat') for (const member of this.#members) void this.#chat(member)
    if (this.#state === 'setup') void this.#arrive()
  }

  /** The doomed are gone, and no close frame, no FIN tells the server. */
  async strike(): Promise<void> {
    for (const { member, link } of this.#doomed) {
      link.hold('forth', 'back')
      member.die()
    }
  }

  /** Everyone falls quiet; resolves when nobody waits for anything, or `withinMs` later. */
  async settle(withinMs: number): Promise<void> {
    this.#stopped.abort()
    await until(() => this.#members.every((member) => member.live && member.unsettled === 0), withinMs)
  }

  /** Somebody new in every room; resolves when they have had the time to be seen. */
  async welcome(): Promise<void> {
    const origin = `http://127.0.0.1:${this.#stack.balancer.port}`
    for (const [i, roomId] of this.#rooms.entries()) {
      const newcomer = this.#member(origin, roomId, `${i}.new`)
      this.#newcomers.push(newcomer)
      newcomer.join()
    }
    await until(() => this.#newcomers.every(({ live, unsettled }) => live && unsettled === 0), 5_000)
    await pause(1_000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort()
    for (const member of [...this.#members, ...this.#newcomers]) member.close()
    for (const { member } of this.#doomed) member.close()
    await Promise.all(this.#doomed.map(({ link }) => link[Symbol.asyncDispose]()))
  }

  #member(origin: string, roomId: string, name: string): Member {
    return new Member({
      origin,
      roomId,
      name: `${this.#state}-${name}`,
      negotiates: this.#state === 'setup',
    })
  }

  async #addDoomed(roomId: string, name: string): Promise<void> {
    const link = await startLink(this.#stack.balancer.port)
    const member = this.#member(`http://127.0.0.1:${link.port}`, roomId, name)
    this.#doomed.push({ member, link })
    member.join()
    await until(() => member.live, 15_000)
  }

  async #chat(member: Member): Promise<void> {
    const { signal } = this.#stopped
    await pause(Math.random() * PACE_MS)
    while (!signal.aborted) {
      member.say()
      await pause(PACE_MS)
    }
  }

  async #arrive(): Promise<void> {
    for (const member of this.#members.filter(({ live }) => !live)) {
      if (this.#stopped.signal.aborted) return
      member.join()
      await pause(ARRIVALS_MS)
    }
  }
}

/** Waits for what the checker will ask about; whether it came is for the checker to say. */
async function until(look: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!look() && performance.now() < deadline) await pause(20)
}

/** One member of a crowd: negotiates as a page in a mesh does, chats when told to, and counts what it sees. */
import type { RoomEvent } from '@maru/api-types'
import { makeOnce } from '../../apps/pwa/src/call/roster.ts'
import { joinWire, type WireMember, type WireMoment } from '../../e2e/support/wire-member.ts'
import type { Ledger, Person } from './ledger.ts'
import { saidAt, sideOf } from './payload.ts'
import { count, type Tally } from './tally.ts'

export interface PlayerOptions {
  roomId: string
  address: string
  target: () => number
  /** The one that is counted in at the moment. */
  tally: () => Tally
  ledger: Ledger
  /** Back after so many milliseconds without a connection. */
  onBack: (ms: number) => void
}

export class Player {
  /** Resolves when it is inside, or was refused for good. */
  readonly entered: Promise<void>
  /** `performance.now()`; undefined while connected. */
  lostAt: number | undefined
  readonly #options: PlayerOptions
  readonly #once = makeOnce()
  readonly #wire: WireMember
  /** Which of its chat messages a seq was. */
  readonly #numbers = new Map<number, number>()
  #person: Person | undefined
  #enter!: () => void

  constructor(options: PlayerOptions) {
    this.#options = options
    this.entered = new Promise((resolve) => (this.#enter = resolve))
    this.#wire = joinWire({
      roomId: options.roomId,
      address: options.address,
      target: options.target,
      onEvent: (event, at) => this.#heard(event, at),
      onSettled: (seq, outcome) => {
        const n = this.#numbers.get(seq)
        this.#numbers.delete(seq)
        if (n !== undefined && outcome === 'applied' && this.#person) this.#person.acknowledged = n
      },
      onLost: () => (this.lostAt ??= performance.now()),
      onRefused: (why) => count(options.tally().refused, why),
      onEnd: (reason) => {
        count(options.tally().ended, reason)
        if (this.#person) this.#person.here = false
        this.lostAt ??= performance.now()
        this.#enter()
      },
    })
  }

  /** Nothing of it is on its way. */
  get settled(): boolean {
    return this.#wire.live && this.#wire.unsettled === 0
  }

  chat(): void {
    if (!this.#person) return
    const n = ++this.#person.said
    const seq = this.#wire.say({ type: 'chat', text: `${n} ${performance.now()}` })
    this.#numbers.set(seq, n)
    this.#options.tally().said++
  }

  cut(): void {
    this.#wire.cut()
  }

  async leave(): Promise<void> {
    if (this.#person) this.#person.here = false
    await this.#wire.leave()
  }

  #heard(event: RoomEvent, at: WireMoment): void {
    const tally = this.#options.tally()
    switch (event.type) {
      case 'snapshot':
        return this.#gotSnapshot(event, at)
      case 'resumed':
        tally.resumed++
        return this.#back()
      case 'left':
        if (event.reason === 'expired') tally.expired++
        return
      case 'signal':
        tally.heard++
        if (this.#once(event.from, event.seq)) this.#gotSignal(event)
        return
      case 'chat':
        tally.heard++
        if (this.#once(event.from, event.seq)) this.#gotChat(event.from, event.message.text)
        return
      default:
    }
  }

  #gotSnapshot(event: Extract<RoomEvent, { type: 'snapshot' }>, at: WireMoment): void {
    const tally = this.#options.tally()
    if (event.reset) tally.resets++
    if (this.#person) return this.#back()
    tally.joins++
    tally.joinMs.push(performance.now() - at.joinSentAt)
    const { peerId } = event.you
    this.#person = this.#options.ledger.enter(peerId, this.#options.roomId)
    for (const other of event.peers) if (other.peerId !== peerId) this.#negotiate(other.peerId, 'offer')
    this.#enter()
  }

  #gotSignal({ from, signal }: Extract<RoomEvent, { type: 'signal' }>): void {
    const said = saidAt(signal)
    if (said !== undefined) this.#options.tally().deliveryMs.push(performance.now() - said)
    if (signal.description?.type === 'offer') this.#negotiate(from, 'answer')
  }

  #gotChat(from: string, text: string): void {
    const [n = Number.NaN, said = Number.NaN] = text.split(' ').map(Number)
    this.#options.tally().deliveryMs.push(performance.now() - said)
    if (this.#person) this.#options.ledger.heard(this.#person.id, from, n)
  }

  #negotiate(to: string, as: 'offer' | 'answer'): void {
    for (const signal of sideOf(as)) {
      this.#wire.say({ type: 'signal', to, signal })
      this.#options.tally().said++
    }
  }

  #back(): void {
    if (this.lostAt !== undefined) this.#options.onBack(performance.now() - this.lostAt)
    this.lostAt = undefined
  }
}

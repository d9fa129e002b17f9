/** What each member said, had acknowledged and heard, and whether that is what was promised: all of it, once, in order. */

export interface Verdict {
  /** Chat messages that the room acknowledged. */
  acknowledged: number
  /** How often somebody had to hear one of them. */
  owed: number
  lost: number
  twice: number
  disordered: number
  /** The first few, for people. */
  examples: string[]
}

/** One presence in one room. Its messages are numbered from 1. */
export interface Person {
  readonly id: string
  readonly roomId: string
  /** False once it has left: it is owed nothing more. */
  here: boolean
  said: number
  acknowledged: number
}

interface Hearer extends Person {
  /** What it heard of each speaker, in the order of hearing. */
  heard: Map<string, number[]>
  /** How much each speaker had said before this one came. */
  before: Map<string, number>
}

export class Ledger {
  readonly #people = new Map<string, Hearer>()

  enter(id: string, roomId: string): Person {
    const before = new Map<string, number>()
    for (const other of this.#people.values()) if (other.roomId === roomId) before.set(other.id, other.said)
    const person = { id, roomId, here: true, said: 0, acknowledged: 0, heard: new Map(), before }
    this.#people.set(id, person)
    return person
  }

  /** Somebody heard the `n`th message of `from`; what the protocol marks as known is left out before. */
  heard(id: string, from: string, n: number): void {
    const heard = this.#people.get(id)?.heard
    const numbers = heard?.get(from)
    if (numbers) numbers.push(n)
    else heard?.set(from, [n])
  }

  judge(): Verdict {
    const verdict: Verdict = { acknowledged: 0, owed: 0, lost: 0, twice: 0, disordered: 0, examples: [] }
    const people = [...this.#people.values()]
    for (const speaker of people) {
      verdict.acknowledged += speaker.acknowledged
      for (const hearer of people) if (hearer.roomId === speaker.roomId) judgeOne(verdict, hearer, speaker)
    }
    return verdict
  }
}

function judgeOne(verdict: Verdict, hearer: Hearer, speaker: Hearer): void {
  const tell = (n: number, what: string): void => {
    if (verdict.examples.length < 5)
      verdict.examples.push(`${hearer.id} ${what} message ${n} of ${speaker.id}, who said ${speaker.said}`)
  }
  const numbers = hearer.heard.get(speaker.id) ?? []
  const known = new Set<number>()
  let last = 0
  for (const n of numbers) {
    if (known.has(n)) {
      verdict.twice++
      tell(n, 'heard twice')
    } else if (n < last) {
      verdict.disordered++
      tell(n, 'heard too late')
    }
    known.add(n)
    last = Math.max(last, n)
  }
  // Who has left may have left before the rest came.
  const until = hearer.here ? speaker.acknowledged : Math.min(last, speaker.acknowledged)
  for (let n = (hearer.before.get(speaker.id) ?? 0) + 1; n <= until; n++) {
    verdict.owed++
    if (known.has(n)) continue
    verdict.lost++
    tell(n, 'never heard')
  }
}

/** What the demo counts: the longest time without a new picture, and messages that were said and never came. */

export interface GapMeter {
  /** A new picture of somebody was shown. Times in ms, on one clock. */
  frame(person: string, at: number): void
  /** No pictures are to be expected: they left, or switched the camera off. */
  forget(person: string): void
  /** Nothing could be measured for a while: what lies before counts no more. */
  pause(): void
  /** From now on; a gap that goes on counts as a whole. */
  restart(): void
  /** The longest so far, with those that go on; undefined before the second picture. */
  longest(now: number): number | undefined
}

export function makeGapMeter(): GapMeter {
  const last = new Map<string, number>()
  let longest: number | undefined
  const stretch = (gap: number): number => (longest = Math.max(longest ?? 0, gap))
  return {
    frame(person, at) {
      const before = last.get(person)
      if (before !== undefined) stretch(at - before)
      last.set(person, at)
    },
    forget: (person) => void last.delete(person),
    pause: () => last.clear(),
    restart: () => void (longest = undefined),
    longest(now) {
      let most = longest
      for (const at of last.values()) most = Math.max(most ?? 0, now - at)
      return most
    },
  }
}

/** A message that nobody has heard so long after it was said is lost: every way back to a server is shorter. */
export const LOST_AFTER_MS = 10_000

export interface MessageCount {
  /** @param upTo how many this one has said so far; the first word about somebody is where counting begins */
  said(person: string, upTo: number, at: number): void
  heard(person: string, number: number): void
  /** `lost`: what a later one of the same person has overtaken, or what is overdue. */
  read(now: number): { said: number; heard: number; lost: number }
}

interface Person {
  from: number
  /** When each was said, from number `from + 1` on. */
  saidAt: number[]
  heard: Set<number>
}

export function makeMessageCount(): MessageCount {
  const people = new Map<string, Person>()
  return {
    said(name, upTo, at) {
      const person = people.get(name)
      if (!person) return void people.set(name, { from: upTo, saidAt: [], heard: new Set() })
      while (person.from + person.saidAt.length < upTo) person.saidAt.push(at)
    },
    heard(name, number) {
      const person = people.get(name)
      if (person && number > person.from) person.heard.add(number)
    },
    read(now) {
      const sum = { said: 0, heard: 0, lost: 0 }
      for (const { from, saidAt, heard } of people.values()) {
        const newest = Math.max(from, ...heard)
        // The message itself may be faster than the word of it.
        sum.said += Math.max(saidAt.length, newest - from)
        sum.heard += heard.size
        const due = saidAt.filter((at) => now - at > LOST_AFTER_MS).length
        for (let number = from + 1; number <= Math.max(newest, from + due); number++)
          if (!heard.has(number)) sum.lost++
      }
      return sum
    },
  }
}

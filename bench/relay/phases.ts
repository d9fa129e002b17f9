/** What pairs do: as much as they can, so much a second, or the setting up of calls. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stand } from '../contenders/contender.ts'
import type { Cast, Side } from '../traffic/cast.ts'
import { atRate, measure } from '../traffic/outcome.ts'
import { candidatesOf, descriptionOf, signalOf } from '../traffic/signals.ts'
import type { Traffic } from '../traffic/traffic.ts'

const LONGEST_MS = 30_000

const say = (traffic: Traffic, { me, to }: Side, bytes: number) =>
  traffic.say(1, ([n]) => me.say(to, signalOf(n!, bytes)))

/** Everyone says the next one when the last one has come: with as many pairs, as much as the server can. */
export const closedLoop = (stand: Stand, cast: Cast, { each, bytes }: { each: number; bytes: number }) =>
  measure(stand, cast, async (traffic) => {
    const work = cast.sides.map(async (side) => {
      for (let i = 0; i < each; i++) await say(traffic, side, bytes)
    })
    // What is lost is waited for by somebody for ever.
    await Promise.race([Promise.all(work), sleep(LONGEST_MS, undefined, { ref: false })])
  })

export const openLoop = (stand: Stand, cast: Cast, rate: Parameters<typeof atRate>[0]) =>
  measure(stand, cast, (traffic) =>
    atRate(rate, (i) => void say(traffic, cast.sides[i % cast.sides.length]!, 200)),
  )

const DESCRIPTION_BYTES = 5_000
const CANDIDATE_BYTES = 120
/**
 * When a browser has candidates, milliseconds after the description, and how many: its own addresses at once, those that a
 * STUN server and those that a TURN server tells of after their round trips.
 */
const GATHERED = [
  [2, 4],
  [35, 2],
  [70, 2],
] as const

/**
 * How a page tells of what its browser gathers. `each`: the description at once and one message for each candidate, as
 * tutorials do. `gathered`: as `apps/pwa/src/call/negotiation.ts`: the description waits for what is there within 20 ms,
 * and so does what comes later; the outbox does the rest.
 */
export type Trickle = 'each' | 'gathered'
const GATHER_MS = 20

/** Setting up calls, so many a second: in each pair the first one offers. */
export const callSetups = (
  stand: Stand,
  cast: Cast,
  { perSecond, trickle }: { perSecond: number; trickle: Trickle },
) =>
  measure(stand, cast, async (traffic) => {
    const pairs = cast.sides.flatMap((side, i) => (i % 2 === 0 ? [[side, cast.sides[i + 1]!] as const] : []))
    const negotiations: Promise<unknown>[] = []
    const began = performance.now()
    for (const [i, [offerer, answerer]] of pairs.entries()) {
      await sleep(Math.max(0, began + (i * 1_000) / perSecond - performance.now()))
      const { described, all } = tell(traffic, offerer, { type: 'offer', trickle })
      negotiations.push(
        all,
        described.then(() => tell(traffic, answerer, { type: 'answer', trickle }).all),
      )
    }
    await Promise.race([Promise.all(negotiations), sleep(LONGEST_MS, undefined, { ref: false })])
  })

/** One side of a negotiation. `described` resolves when the other side has its description. */
function tell(
  traffic: Traffic,
  side: Side,
  { type, trickle }: { type: 'offer' | 'answer'; trickle: Trickle },
): { described: Promise<void>; all: Promise<unknown> } {
  const describe = (inside: number) =>
    traffic.say(1 + inside, (numbers) =>
      side.me.say(side.to, descriptionOf(numbers, type, DESCRIPTION_BYTES + inside * CANDIDATE_BYTES)),
    )
  const trickled = (count: number) =>
    traffic.say(count, (numbers) => side.me.say(side.to, candidatesOf(numbers)))
  if (trickle === 'each') {
    const described = describe(0)
    const candidates = GATHERED.map(async ([after, count]) => {
      await sleep(after)
      await Promise.all(Array.from({ length: count }, () => trickled(1)))
    })
    return { described, all: Promise.all([described, ...candidates]) }
  }
  const [[, inside], ...later] = GATHERED
  const described = sleep(GATHER_MS).then(() => describe(inside))
  const candidates = later.map(async ([after, count]) => {
    await sleep(after + GATHER_MS)
    await trickled(count)
  })
  return { described, all: Promise.all([described, ...candidates]) }
}

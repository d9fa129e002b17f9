/** What pairs do: as much as they can, so much a second, or the setting up of calls. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stand } from '../contenders/contender.ts'
import { percentile } from '../load/tally.ts'
import { candidatesOf, descriptionOf, signalOf } from './signals.ts'
import { type Cast, type Side, Traffic } from './traffic.ts'

export interface Outcome {
  /** Signals that were to be delivered. */
  signals: number
  perSecond: number
  /** Of the servers together and of Redis, µs for each signal. */
  cpu: number
  redisCpu: number
  /** From saying to hearing, milliseconds. */
  p50: number
  p99: number
  /** Nothing was lost, refused or doubled: else no ratio counts. */
  complete: boolean
}

async function measure(stand: Stand, cast: Cast, act: (traffic: Traffic) => Promise<void>): Promise<Outcome> {
  const traffic = new Traffic()
  cast.listen((signal) => traffic.hear(signal))
  const before = await stand.cpu()
  const began = performance.now()
  await act(traffic)
  const seconds = (performance.now() - began) / 1_000
  await traffic.settle()
  const after = await stand.cpu()
  return {
    signals: traffic.said,
    perSecond: traffic.heard / seconds,
    cpu: ((after.servers - before.servers) * 1_000) / traffic.said,
    redisCpu: ((after.redis - before.redis) * 1_000) / traffic.said,
    p50: percentile(traffic.delays, 0.5),
    p99: percentile(traffic.delays, 0.99),
    complete: traffic.complete,
  }
}

/** Everyone says the next one when the last one has come: with as many pairs, as much as the server can. */
export const closedLoop = (stand: Stand, cast: Cast, { each, bytes }: { each: number; bytes: number }) =>
  measure(stand, cast, async (traffic) => {
    const work = cast.sides.map(async (side) => {
      for (let i = 0; i < each; i++) await traffic.say(side, signalOf(traffic.take(1)[0]!, bytes))
    })
    await Promise.race([Promise.all(work), sleep(60_000, undefined, { ref: false })])
  })

const TICK_MS = 5

/** So many a second, whether the ones before have come or not. */
export const openLoop = (stand: Stand, cast: Cast, options: { perSecond: number; seconds: number }) =>
  measure(stand, cast, async (traffic) => {
    const { perSecond, seconds } = options
    const began = performance.now()
    for (let said = 0; said < perSecond * seconds; await sleep(TICK_MS)) {
      const due = Math.min(perSecond * seconds, ((performance.now() - began) / 1_000) * perSecond)
      for (; said < due; said++)
        void traffic.say(cast.sides[said % cast.sides.length]!, signalOf(traffic.take(1)[0]!, 200))
    }
  })

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

/** Setting up calls, so many a second: in each pair the first one offers, and does so again once all have. */
export const callSetups = (
  stand: Stand,
  cast: Cast,
  options: { perSecond: number; times: number; trickle: Trickle },
) =>
  measure(stand, cast, async (traffic) => {
    const { perSecond, times, trickle } = options
    const pairs = cast.sides.flatMap((side, i) => (i % 2 === 0 ? [[side, cast.sides[i + 1]!] as const] : []))
    const negotiations: Promise<unknown>[] = []
    const began = performance.now()
    for (let i = 0; i < pairs.length * times; i++) {
      await sleep(Math.max(0, began + (i * 1_000) / perSecond - performance.now()))
      const [offerer, answerer] = pairs[i % pairs.length]!
      const { described, all } = tell(traffic, offerer, { type: 'offer', trickle })
      negotiations.push(
        all,
        described.then(() => tell(traffic, answerer, { type: 'answer', trickle }).all),
      )
    }
    await Promise.all(negotiations)
  })

/** One side of a negotiation. `described` resolves when the other side has its description. */
function tell(
  traffic: Traffic,
  side: Side,
  { type, trickle }: { type: 'offer' | 'answer'; trickle: Trickle },
): { described: Promise<void>; all: Promise<unknown> } {
  const describe = (inside: number) =>
    traffic.say(
      side,
      descriptionOf(traffic.take(1 + inside), type, DESCRIPTION_BYTES + inside * CANDIDATE_BYTES),
    )
  if (trickle === 'each') {
    const described = describe(0)
    const candidates = GATHERED.map(async ([after, count]) => {
      await sleep(after)
      await Promise.all(traffic.take(count).map((n) => traffic.say(side, candidatesOf([n]))))
    })
    return { described, all: Promise.all([described, ...candidates]) }
  }
  const [[, inside], ...later] = GATHERED
  const described = sleep(GATHER_MS).then(() => describe(inside))
  const candidates = later.map(async ([after, count]) => {
    await sleep(after + GATHER_MS)
    await traffic.say(side, candidatesOf(traffic.take(count)))
  })
  return { described, all: Promise.all([described, ...candidates]) }
}

/** What it cost the servers to deliver what was said. */
import type { Stand } from '../contenders/contender.ts'
import { percentile } from '../load/tally.ts'
import { Traffic } from './traffic.ts'

export interface Outcome {
  /** Messages that were to be delivered. */
  said: number
  perSecond: number
  /** Of the servers together and of Redis, µs for each message. */
  cpu: number
  redisCpu: number
  /** From saying to hearing, milliseconds. */
  p50: number
  p99: number
  /** Nothing was lost, refused or doubled: else no ratio counts. */
  complete: boolean
}

export interface Audience {
  /** How many hear each message; one where nothing is said. */
  copies?: number
  /** Where what everyone hears goes. */
  listen(hear: (numbers: number[]) => void): void
}

export async function measure(
  stand: Stand,
  { copies, listen }: Audience,
  act: (traffic: Traffic) => Promise<void>,
): Promise<Outcome> {
  const traffic = new Traffic(copies)
  listen((numbers) => traffic.hear(numbers))
  const before = await stand.cpu()
  const began = performance.now()
  await act(traffic)
  const seconds = (performance.now() - began) / 1_000
  await traffic.settle()
  const after = await stand.cpu()
  return {
    said: traffic.said,
    perSecond: traffic.said / seconds,
    cpu: ((after.servers - before.servers) * 1_000) / traffic.said,
    redisCpu: ((after.redis - before.redis) * 1_000) / traffic.said,
    p50: percentile(traffic.delays, 0.5),
    p99: percentile(traffic.delays, 0.99),
    complete: traffic.complete,
  }
}

const TICK_MS = 5

/** So many a second, whether the ones before have come or not. */
export async function atRate(
  { perSecond, seconds }: { perSecond: number; seconds: number },
  act: (i: number) => void,
): Promise<void> {
  const began = performance.now()
  const count = perSecond * seconds
  for (let i = 0; i < count; await new Promise((resolve) => setTimeout(resolve, TICK_MS))) {
    const due = Math.min(count, ((performance.now() - began) / 1_000) * perSecond)
    for (; i < due; i++) act(i)
  }
}

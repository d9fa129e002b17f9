/** One fault upon everyone who can be judged without a camera: idle rooms, people coming in, and chat under load. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { breaches, examine, type Findings, percentile, type Run } from './checker.ts'
import { Crowd, type Size, type State } from './crowd.ts'
import type { Fault } from './faults.ts'
import { Stack, type StackOptions } from './stack.ts'
import type { Row } from './table.ts'

export interface CellOptions {
  /** Milliseconds. */
  lease: number
  sizes: Partial<Record<State, Size>>
  stack?: StackOptions
}

export interface Outcome {
  row: Row
  findings: Findings
  breaches: string[]
}

/** People speak for so long before and after it. */
const BEFORE_MS = 2_000
const AFTER_MS = 4_000
const SETTLE_MS = 10_000
/** What a timer, a round trip and a busy machine add to every bound that is made of leases. */
const SLACK_MS = 750
const LEAST_ACKNOWLEDGED = 1_000

export async function runCell(
  fault: Fault,
  { lease, sizes, stack: options }: CellOptions,
): Promise<Outcome[]> {
  await using stack = await Stack.start({
    leaseMs: lease,
    durable: fault.dataLost !== true,
    links: fault.links ?? [],
    ...options,
  })
  await using crowds = new AsyncDisposableStack()
  const states = Object.entries(sizes) as [State, Size][]
  const all = await Promise.all(
    states.map(async ([state, size]) => ({
      state,
      crowd: crowds.use(await Crowd.gather(stack, state, size)),
    })),
  )
  await fault.prepare?.(stack)
  const standstill = monitorEventLoopDelay({ resolution: 20 })
  standstill.enable()
  for (const { crowd } of all) crowd.start()
  await pause(BEFORE_MS)
  await Promise.all(all.map(({ crowd }) => crowd.strike()))
  const moments = await fault.inject(stack, stack.nodes[0]!)
  await pause(AFTER_MS)
  await Promise.all(all.map(({ crowd }) => crowd.settle(SETTLE_MS)))
  await Promise.all(all.map(({ crowd }) => crowd.welcome()))
  const ghostMs = ghostBound(fault, lease)
  await pause(Math.max(0, moments.overAt + ghostMs + SLACK_MS - performance.now()))

  const stoodStillMs = standstill.max / 1e6
  return all.map(({ state, crowd }) => {
    const { witnesses, newcomers } = crowd
    const unnoticed = fault.unnoticed === true
    return judge(
      { fault, state, stoodStillMs, tooBusy: stoodStillMs > lease / 3 },
      { witnesses, newcomers, ...moments, unnoticed, ghostMs },
    )
  })
}

/**
 * A ghost is gone 20 s after its last frame with leases of 15 s, and so four thirds of a lease after it with any (P23).
 * After a room has stood still everyone has a whole lease from the first touch, at the latest at the next renewal (P25).
 */
function ghostBound({ standsStill }: Fault, lease: number): number {
  const bound = (lease * 4) / 3 + SLACK_MS
  return standsStill ? bound + lease / 3 + SLACK_MS : bound
}

interface Cell {
  fault: Fault
  state: State
  /** For so long at once nobody of these people said or heard anything, for the process that plays them got no time. */
  stoodStillMs: number
  /** Long enough for a lease to run out by it. */
  tooBusy: boolean
}

function judge({ fault, state, stoodStillMs, tooBusy }: Cell, run: Run): Outcome {
  const findings = examine(run)
  const broken = breaches(run, findings, {
    atLeast: state === 'chat' ? LEAST_ACKNOWLEDGED : 0,
    // Who was silent for a lease because the machine has no time for them was swept rightly.
    mayBeSwept: fault.mayBeSwept === true || tooBusy,
    dataLost: fault.dataLost === true,
  })
  const { resumes, sent, acknowledged } = findings
  const row: Row = {
    fault: fault.name,
    state,
    sent,
    acknowledged,
    lost: findings.lost.length,
    duplicated: findings.duplicated.length,
    reordered: findings.reordered.length,
    resets: findings.resets.length,
    resume: [0.5, 0.99, 1].map((share) => percentile(resumes, share)),
    swept: findings.swept.length,
    ghosts: findings.ghosts.length,
    stoodStill: stoodStillMs,
  }
  return { row, findings, breaches: broken }
}

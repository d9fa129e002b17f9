/** Rounds of a measurement: its contenders take turns in each, so that what the machine does besides is shared fairly. */

export interface RoundOptions {
  rounds: number
  /** Seconds; infinite where only this one runs. */
  budget: number
  /** Small enough for a test: figures that mean nothing, all of them there. */
  quick: boolean
}

/** Whether one more round as long as the longest so far still ends within the budget. The first one always runs. */
export function* roundsOf({ rounds, budget }: RoundOptions): Generator<number> {
  const began = performance.now()
  let longest = 0
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    if (round > 0 && start + longest > began + budget * 1_000) return
    yield round
    longest = Math.max(longest, performance.now() - start)
  }
}

/** Another one first in each round. */
export const rotated = <T>(all: readonly T[], round: number): T[] =>
  all.map((_, i) => all[(i + round) % all.length]!)

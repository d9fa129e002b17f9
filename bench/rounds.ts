/** Rounds of a measurement: its contenders take turns in each, so that what the machine does besides is shared fairly. */

export interface RoundOptions {
  rounds: number
  /** `performance.now()` by which the last one ends; infinite where nothing else is to run. */
  deadline: number
  /** Small enough for a test: figures that mean nothing, all of them there. */
  quick: boolean
  /** Hears of each as it begins. */
  onRound?(round: number): void
}

/** Those that still end in time, if they take as long as the last one. The first one always runs. */
export function* roundsOf({ rounds, deadline, onRound }: RoundOptions): Generator<number> {
  let took = 0
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    if (round > 0 && start + took > deadline) return
    onRound?.(round)
    yield round
    took = performance.now() - start
  }
}

/** Another one first in each round. */
export const rotated = <T>(all: readonly T[], round: number): T[] =>
  all.map((_, i) => all[(i + round) % all.length]!)

/** Whether something grows, from samples that go up and down. */

export interface Sample {
  /** Milliseconds since the beginning. */
  at: number
  /** Bytes after a collection. */
  heap: number
  handles: number
  keys: number
}

/** By how much each has grown from the first sample to the last, by the straight line through all (least squares). */
export function growthOf(samples: Sample[]): { heap: number; keys: number; samples: number } {
  const grown = (of: (sample: Sample) => number): number => {
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
    const x = mean(samples.map(({ at }) => at))
    const y = mean(samples.map(of))
    const [up, across] = samples.reduce(
      ([sumUp, sumAcross], sample) => [
        sumUp + (sample.at - x) * (of(sample) - y),
        sumAcross + (sample.at - x) ** 2,
      ],
      [0, 0] as [number, number],
    )
    return (up / across) * (samples.at(-1)!.at - samples[0]!.at)
  }
  // With fewer there is no line, and what can't be known isn't flat.
  if (samples.length < 3) return { heap: Number.NaN, keys: Number.NaN, samples: samples.length }
  return { heap: grown(({ heap }) => heap), keys: grown(({ keys }) => keys), samples: samples.length }
}

/** How much one connection may do: a token bucket, so small that every connection has five. */

export interface Rate {
  /** How much may happen at once. */
  burst: number
  /** How much of it comes back each second. */
  perSecond: number
}

/** Takes `cost` and answers 0, or takes nothing and answers the milliseconds after which to try again. */
export type Budget = (cost?: number) => number

/** For one connection: synchronous, so that nothing of a flood gets further than its frame. A cost is below `burst`. */
export function makeBudget({ burst, perSecond }: Rate): Budget {
  let left = burst
  let countedAt = performance.now()
  return (cost = 1) => {
    const now = performance.now()
    left = Math.min(burst, left + ((now - countedAt) * perSecond) / 1_000)
    countedAt = now
    if (cost > left) return Math.ceil(((cost - left) * 1_000) / perSecond)
    left -= cost
    return 0
  }
}

/** A bounded number of steps at a time, first come first served: a crowd waits in line rather than in the store. */

export interface Turns {
  /**
   * Runs a step when it is its turn.
   * @throws what the step throws, or the signal's AbortError if it is aborted before its turn has come
   */
  run<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T>
}

export function makeTurns(atOnce: number): Turns {
  /** In the order of coming. */
  const line = new Set<() => void>()
  let running = 0

  function next(): void {
    const [first] = line
    if (first === undefined) {
      running--
      return
    }
    line.delete(first)
    first()
  }

  function wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        line.delete(go)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      line.add(go)
    })
  }

  return {
    async run(step, signal) {
      signal.throwIfAborted()
      if (running < atOnce) running++
      // Whoever has finished hands its turn on.
      else await wait(signal)
      try {
        return await step()
      } finally {
        next()
      }
    },
  }
}

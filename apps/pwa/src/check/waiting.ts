/** Waiting, and no longer than it makes sense to. */

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Aborted with `signal`, or after so many milliseconds. `AbortSignal.any` is younger than the oldest Firefox here. */
export function within(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController()
  const end = (): void => controller.abort()
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  setTimeout(end, ms)
  return controller.signal
}

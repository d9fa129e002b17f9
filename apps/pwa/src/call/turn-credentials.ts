/** When TURN credentials are renewed: they carry their own end. */
import type { IceServer } from '@maru/api-types'

const SOONEST_MS = 30_000
const RETRY_MS = 5_000
/** A path is looked for with old credentials rather than later than this. */
const FRESHEN_MS = 1_000

/**
 * Milliseconds until half of what is left of the credentials' life; `undefined` when there are none.
 * @param now the server's clock, for it stamped the end (`<seconds since the epoch>:<user>`)
 */
export function halfLife(iceServers: IceServer[], now: number): number | undefined {
  const ends = iceServers.flatMap(({ username }) => {
    const seconds = /^(\d{9,11}):/.exec(username ?? '')?.[1]
    return seconds === undefined ? [] : [Number(seconds) * 1000]
  })
  return ends.length === 0 ? undefined : Math.max(SOONEST_MS, (Math.min(...ends) - now) / 2)
}

export interface Renewal {
  /** From these credentials on, again and again. */
  follow(iceServers: IceServer[], now: number): void
  /**
   * Before a path is looked for again: after a night's sleep the old credentials are good for nothing. Resolves once
   * new ones are handed on, at once where there are none to renew, and within a second in any case.
   */
  freshen(): Promise<void>
  stop(): void
}

/** Reads new credentials at half life and hands them on; tries again every few seconds when there is no answer. */
export function makeRenewal(
  read: () => Promise<IceServer[]>,
  onRenewed: (iceServers: IceServer[]) => void,
): Renewal {
  let timer: ReturnType<typeof setTimeout> | undefined
  let following = false
  let reading: Promise<void> | undefined
  const renew = (): Promise<void> =>
    (reading ??= read()
      .then(
        (iceServers) => void (following && onRenewed(iceServers)),
        () => {
          clearTimeout(timer)
          if (following) timer = setTimeout(() => void renew(), RETRY_MS)
        },
      )
      .finally(() => (reading = undefined)))
  return {
    follow(iceServers, now) {
      clearTimeout(timer)
      const wait = halfLife(iceServers, now)
      following = wait !== undefined
      if (following) timer = setTimeout(() => void renew(), wait)
    },
    freshen() {
      if (!following) return Promise.resolve()
      const enough = new Promise<void>((resolve) => setTimeout(resolve, FRESHEN_MS))
      return Promise.race([renew(), enough])
    },
    stop() {
      following = false
      clearTimeout(timer)
    },
  }
}

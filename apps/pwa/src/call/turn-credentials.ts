/** When TURN credentials are to be renewed: they carry their own end. */
import type { IceServer } from '@maru/api-types'

const SOONEST_MS = 30_000

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

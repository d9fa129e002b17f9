/** Time-limited TURN credentials: draft-uberti-behave-turn-rest-00, coturn's `use-auth-secret`. */
import { createHmac } from 'node:crypto'
import type { IceServer, UserId } from '@maru/api-types'

/** Seconds. Browsers ask again at half of it. */
const LIFETIME = 3_600

/** Gives what a member's browser needs to be reached; empty when nothing is configured. */
export type MakeIceServers = (userId: UserId, lifetimeSeconds?: number) => IceServer[]

export const isRelay = (url: string): boolean => /^turns?:/i.test(url)

/** @param now milliseconds since the epoch */
export function createIceServers(
  turn: { secret: string | undefined; urls: string[] },
  now: () => number = Date.now,
): MakeIceServers {
  const stun = turn.urls.filter((url) => !isRelay(url))
  const relays = turn.urls.filter(isRelay)
  const { secret } = turn
  return (userId, lifetimeSeconds = LIFETIME) => {
    const servers: IceServer[] = stun.length > 0 ? [{ urls: stun }] : []
    if (relays.length > 0 && secret !== undefined) {
      // coturn's user-quota counts what follows the colon.
      const username = `${Math.floor(now() / 1000) + lifetimeSeconds}:${userId}`
      servers.push({
        urls: relays,
        username,
        credential: createHmac('sha1', secret).update(username).digest('base64'),
      })
    }
    return servers
  }
}

/** Time-limited TURN credentials: draft-uberti-behave-turn-rest-00, coturn's `use-auth-secret`. */
import { createHmac, createSecretKey } from 'node:crypto'
import type { IceServer, UserId } from '@maru/api-types'

export interface TurnOptions {
  /** coturn's `static-auth-secret`. */
  secret: string | undefined
  urls: string[]
  /** Seconds that credentials are good for, an hour unless tests shorten it. Browsers ask again at half of it. */
  lifetime?: number | undefined
}

/** Gives what a member's browser needs to be reached; empty when nothing is configured. */
export type MakeIceServers = (userId: UserId, lifetimeSeconds?: number) => IceServer[]

export const isRelay = (url: string): boolean => /^turns?:/i.test(url)

/** @param now milliseconds since the epoch */
export function createIceServers(turn: TurnOptions, now: () => number = Date.now): MakeIceServers {
  const stun = turn.urls.filter((url) => !isRelay(url))
  const relays = turn.urls.filter(isRelay)
  const { secret, lifetime = 3_600 } = turn
  const key = secret === undefined ? undefined : createSecretKey(secret, 'utf8')
  return (userId, lifetimeSeconds = lifetime) => {
    const servers: IceServer[] = stun.length > 0 ? [{ urls: stun }] : []
    if (relays.length > 0 && key) {
      // coturn's user-quota counts what follows the colon.
      const username = `${Math.floor(now() / 1000) + lifetimeSeconds}:${userId}`
      servers.push({
        urls: relays,
        username,
        credential: createHmac('sha1', key).update(username).digest('base64'),
      })
    }
    return servers
  }
}

/** Where the doctor looks from, and what it has to go by. */
import type { Env } from '../env.ts'

export interface Look {
  env: Env
  /** PEM of an authority of one's own, for https and TURN. */
  ca: string | undefined
  /** Where `localhost` is: in a container it would be the container itself. */
  via: string | undefined
  /** Milliseconds since the epoch. */
  now: () => number
  /** Milliseconds that anything may take. */
  timeout: number
}

const LOOPBACK = /^(localhost|.*\.localhost|127\.[\d.]+|::1)$/

export const isLoopback = (host: string): boolean => LOOPBACK.test(host)

/** Where to connect to for a name that stands in the configuration. */
export const placeOf = ({ via }: Look, host: string): string => (via && isLoopback(host) ? via : host)

/** Node writes the host of an IPv6 URL in brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

/** Who may open a WebSocket: the right path, a page of ours, not too many from one place. */
import type { IncomingMessage } from 'node:http'
import { makeLocalLimit } from '../backend/keyed-limit.ts'
import { addressKey, type AddressMatcher, clientAddress, isLocalHost } from './client-address.ts'

export const SOCKET_PATH = '/ws'

export interface GateOptions {
  /** Origins whose pages may connect. Empty: this server's own, on localhost or a private address. */
  publicOrigins: string[]
  /** Names in the local network that are this server's, besides localhost. */
  ownNames?: string[]
  trustedProxies: AddressMatcher
  /** Connections that may be open from one address (a whole school may be behind it), and in all. */
  maxPerAddress?: number
  maxInAll?: number
  /** Somebody was turned away because there are too many. */
  onTooMany?: () => void
}

export type Admission =
  | { admitted: true; addressKey: string; release: () => void }
  | { admitted: false; status: 403 | 404 | 429 | 503; why: string }

/** New connections from one address to this replica: a whole school comes back at once after a cut. */
const OPENINGS = { points: 600, seconds: 30 }

export function createGate(options: GateOptions): (request: IncomingMessage) => Promise<Admission> {
  const { trustedProxies, maxPerAddress = 400, maxInAll = 10_000, onTooMany } = options
  const openings = makeLocalLimit(OPENINGS)
  const open = new Map<string, number>()
  let inAll = 0

  function tooMany(status: 429 | 503, why: string): Admission {
    onTooMany?.()
    return { admitted: false, status, why }
  }

  return async (request) => {
    if (pathOf(request) !== SOCKET_PATH) return { admitted: false, status: 404, why: 'no such path' }
    if (!isOwnOrigin(request, options)) return { admitted: false, status: 403, why: 'foreign origin' }
    if (inAll >= maxInAll) return tooMany(503, 'full')
    const key = addressKey(clientAddress(request, trustedProxies))
    const count = open.get(key) ?? 0
    if (count >= maxPerAddress) return tooMany(429, 'too many connections')
    open.set(key, count + 1)
    inAll++
    const release = (): void => {
      inAll--
      const left = (open.get(key) ?? 1) - 1
      if (left === 0) open.delete(key)
      else open.set(key, left)
    }
    if ((await openings.take(key)) === 0) return { admitted: true, addressKey: key, release }
    release()
    return tooMany(429, 'too many connections')
  }
}

export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0]!
}

/**
 * Whether the page that opens the socket is ours. A browser always says where its page came from; without an Origin
 * it is no browser, and has no business here.
 */
function isOwnOrigin(request: IncomingMessage, { publicOrigins, ownNames }: GateOptions): boolean {
  const { origin, host } = request.headers
  if (origin === undefined || !URL.canParse(origin)) return false
  if (publicOrigins.length > 0) return publicOrigins.includes(origin)
  const url = new URL(origin)
  // A page that came the plain way was given by somebody else, or changed on its way here.
  if ('encrypted' in request.socket && url.protocol !== 'https:') return false
  return url.origin === origin && url.host === host?.toLowerCase() && isOwnHost(host, ownNames)
}

/**
 * Whether a Host header is an address of this server, and one that nobody else could have pointed here.
 * @param ownNames without a port
 */
export function isOwnHost(host: string | undefined, ownNames: readonly string[] = []): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false
  const url = new URL(`http://${host}`)
  // What a URL makes of it must be what it was: no path, nobody's name before an @, nothing that stands for a letter.
  return url.host === host.toLowerCase() && (isLocalHost(url.hostname) || ownNames.includes(url.hostname))
}

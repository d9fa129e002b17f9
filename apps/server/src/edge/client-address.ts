/** Who is calling: the client's address behind the proxies that are trusted, and the key that limits go by. */
import ipaddr from 'ipaddr.js'
import type { IncomingMessage } from 'node:http'

export type AddressMatcher = (address: string) => boolean

/** What the words in TRUSTED_PROXIES stand for, in ipaddr.js' names of ranges. */
const WORDS: Record<string, readonly string[]> = {
  loopback: ['loopback'],
  private: ['private', 'uniqueLocal', 'linkLocal'],
}

/** An address, with an IPv4 address that came in IPv6's clothes undressed. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined
}

/** `undefined` if one of the items is no address, no CIDR range and no known word. */
export function makeAddressMatcher(items: string[]): AddressMatcher | undefined {
  const words = new Set<string>()
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = []
  for (const item of items) {
    const word = WORDS[item.toLowerCase()]
    const address = parse(item)
    if (word) word.forEach((range) => words.add(range))
    else if (ipaddr.isValidCIDR(item)) ranges.push(ipaddr.parseCIDR(item))
    else if (address) ranges.push([address, address.kind() === 'ipv4' ? 32 : 128])
    else return undefined
  }
  return (text) => {
    const address = parse(text)
    if (!address) return false
    return (
      words.has(address.range()) ||
      ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))
    )
  }
}

const isLocalRange = makeAddressMatcher(['loopback', 'private'])!

/** Whether a URL's host is this computer or an address of a private network; names other than localhost never are. */
export function isLocalHost(hostname: string): boolean {
  // A name would let a stranger's page point its own domain here (DNS rebinding); a literal address can't be pointed.
  return hostname === 'localhost' || isLocalRange(hostname.replace(/^\[(.*)\]$/, '$1'))
}

/** Names that only a home or an office knows (RFC 6761, 6762, 8375, and what routers make up). */
const LAN_NAME = /^[^.:]+$|\.(localhost|local|lan|home|home\.arpa|internal|test)$/

/** Whether anyone on the internet may know a URL's host. infra/caddy/start.sh asks the same for certificates. */
export function isPublicHost(hostname: string): boolean {
  return !isLocalHost(hostname) && !LAN_NAME.test(hostname)
}

/** The first address, from the nearest hop outward, that isn't a trusted proxy's. */
export function clientAddress(request: IncomingMessage, trusted: AddressMatcher): string {
  let address = request.socket.remoteAddress ?? ''
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',')
  while (trusted(address)) {
    const next = forwarded.pop()?.trim()
    // What a client invented stands further left than what a proxy wrote, so the walk stops at the first oddity.
    if (next === undefined || !ipaddr.isValid(next)) break
    address = next
  }
  return address
}

/** Whether the browser speaks TLS, to us or to a trusted proxy. */
export function isSecure(request: IncomingMessage, trusted: AddressMatcher): boolean {
  if ('encrypted' in request.socket && request.socket.encrypted) return true
  return trusted(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-proto'] === 'https'
}

/** What limits count by: an IPv4 address, or the /64 that one IPv6 subscriber has all of. */
export function addressKey(address: string): string {
  const parsed = parse(address)
  if (!parsed) return 'unknown'
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return (parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')
}

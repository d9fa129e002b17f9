/** Notices a proxy that nobody has named in TRUSTED_PROXIES, which makes everybody behind it look like one. */
import ipaddr from 'ipaddr.js'
import type { IncomingMessage } from 'node:http'
import type { Logger } from 'pino'
import type { AddressMatcher } from './client-address.ts'

const HEADERS = ['x-forwarded-for', 'x-forwarded-proto', 'forwarded'] as const

/** What to set, by where the proxy is: an address of the network at large is in no log of ours. */
function remedyFor(address: string): string {
  switch (ipaddr.isValid(address) ? ipaddr.process(address).range() : 'unknown') {
    case 'loopback':
      return 'TRUSTED_PROXIES=loopback'
    case 'private':
    case 'uniqueLocal':
    case 'linkLocal':
      return "TRUSTED_PROXIES=private, or the proxy's own address"
    default:
      return "TRUSTED_PROXIES to the proxy's address"
  }
}

/** Looks at every request; warns once, for what a stranger can write into a header is no reason to fill a log. */
export function makeForwardedWatch(
  trusted: AddressMatcher,
  logger: Pick<Logger, 'warn'>,
): (request: IncomingMessage) => void {
  let warned = false
  return ({ headers, socket }) => {
    if (warned) return
    const header = HEADERS.find((name) => headers[name] !== undefined)
    const address = socket.remoteAddress ?? ''
    if (header === undefined || trusted(address)) return
    warned = true
    logger.warn(
      { header },
      'a proxy passes people on that TRUSTED_PROXIES does not name: what it says of them is ignored, and all of them ' +
        `share the limits of one address. If the proxy is yours, set ${remedyFor(address)}; if there is none, ` +
        'somebody writes that header themselves, and nothing is to be done',
    )
  }
}

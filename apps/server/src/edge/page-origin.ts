/** Under which origin a page is being read: what pictures of a preview card are addressed by. */
import type { IncomingMessage } from 'node:http'
import { type AddressMatcher, isSecure } from './client-address.ts'
import { isOwnHost } from './gate.ts'

export interface OriginOptions {
  publicOrigins: string[]
  ownNames?: string[]
  trustedProxies: AddressMatcher
}

/** `undefined` where it can't be known: what a stranger writes into a Host header is in no page of ours. */
export function pageOrigin(request: IncomingMessage, options: OriginOptions): string | undefined {
  const { publicOrigins, ownNames, trustedProxies } = options
  const host = request.headers.host?.toLowerCase()
  if (publicOrigins.length > 0)
    return publicOrigins.find((origin) => new URL(origin).host === host) ?? publicOrigins[0]
  if (!isOwnHost(host, ownNames)) return undefined
  return `${isSecure(request, trustedProxies) ? 'https' : 'http'}://${host}`
}

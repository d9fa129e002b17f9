/** What the browser is told to hold the app to, on every answer. */
import type { IncomingMessage } from 'node:http'
import { type AddressMatcher, isSecure } from './client-address.ts'

export interface SecurityOptions {
  publicOrigins: string[]
  trustedProxies: AddressMatcher
  /** By their hashes: what stands in the page itself and may run. */
  inlineScripts: string[]
  /** Set where this server speaks https itself, with a certificate that nobody has to trust. */
  lan?: unknown
}

/** What a call needs is the app's own; the rest of what is commonly abused is nobody's. */
const PERMISSIONS = [
  ...[
    'camera',
    'microphone',
    'display-capture',
    'screen-wake-lock',
    'speaker-selection',
    'fullscreen',
    'autoplay',
  ].map((feature) => `${feature}=(self)`),
  ...['geolocation', 'payment', 'usb', 'serial', 'hid', 'midi'].map((feature) => `${feature}=()`),
].join(', ')

/** Nothing is allowed but what is named here, and nothing `unsafe-`: styles are set through the CSSOM. */
function contentSecurityPolicy(socketOrigins: string[], inlineScripts: string[]): string {
  return [
    "default-src 'none'",
    `script-src ${["'self'", ...inlineScripts].join(' ')}`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    // Safari before 15.4 doesn't take 'self' for the WebSocket of the same host.
    `connect-src ${["'self'", ...socketOrigins].join(' ')}`,
    "font-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** A Host header goes into a header of ours: only what can be a host. */
const HOST = /^(?:[a-z\d.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

function socketOrigins(
  request: IncomingMessage,
  { publicOrigins, trustedProxies }: SecurityOptions,
): string[] {
  if (publicOrigins.length > 0) return publicOrigins.map((origin) => origin.replace(/^http/, 'ws'))
  const { host } = request.headers
  if (host === undefined || !HOST.test(host)) return []
  return [`${isSecure(request, trustedProxies) ? 'wss' : 'ws'}://${host}`]
}

export function securityHeaders(request: IncomingMessage, options: SecurityOptions): [string, string][] {
  const headers: [string, string][] = [
    [
      'Content-Security-Policy',
      contentSecurityPolicy(socketOrigins(request, options), options.inlineScripts),
    ],
    ['Permissions-Policy', PERMISSIONS],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Content-Type-Options', 'nosniff'],
    // Says the same as `frame-ancestors`, to browsers that don't know that one.
    ['X-Frame-Options', 'DENY'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
  ]
  // It would stand for every port of that host, http included: in a home `localhost` and `name.local` belong to whatever
  // runs there next, and a developer's http://localhost:3000 would be lost for a year.
  const isLocalhost = /^localhost(:|$)/i.test(request.headers.host ?? '')
  if (!options.lan && !isLocalhost && isSecure(request, options.trustedProxies))
    headers.push(['Strict-Transport-Security', 'max-age=31536000'])
  return headers
}

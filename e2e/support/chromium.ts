/** Where Chromium is: the machine's own, never a downloaded one. */
import { existsSync } from 'node:fs'

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

export function chromiumPath(): string {
  const path = process.env['CHROMIUM'] ?? CANDIDATES.find((candidate) => existsSync(candidate))
  if (path === undefined)
    throw new Error('No Chromium: install it (apt-get install chromium) or set CHROMIUM to its path.')
  return path
}

/** Quiet, alone, and without the sandbox that root can't have. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A machine without any network must be able to run the tests too.
  '--allow-loopback-in-peer-connection',
]

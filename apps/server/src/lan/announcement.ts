/** What the terminal shows: where to go, a code for phones, and what they will say about the certificate. */
import { renderUnicodeCompact } from 'uqr'
import type { Lan } from './lan.ts'

/** White on black, whatever the terminal's own colours: many phones read no code that is inverted. */
const WHITE_ON_BLACK = '\u001B[38;5;231;48;5;16m'
const PLAIN = '\u001B[0m'

/** The same pieces as on /trust, so that both can be compared by eye. */
const inPieces = (fingerprint: string): string[] => fingerprint.match(/(?:..:){7}../g) ?? []

/** @param coloured whether it goes to a terminal */
export function announcement(lan: Lan, port: number, coloured: boolean): string {
  const [first, ...others] = lan.hosts.map((host) => `https://${host}:${port}`)
  const code = renderUnicodeCompact(first!, { ecc: 'M', border: 2 })
    .split('\n')
    .map((line) => (coloured ? `  ${WHITE_ON_BLACK}${line}${PLAIN}` : `  ${line}`))
  return [
    '',
    `  Maru is in your network: ${first}`,
    ...(others.length > 0 ? [`  Also at: ${others.join('  ')}`] : []),
    '  Open it by this address here, too: a link that was copied from localhost works on this computer only.',
    '',
    ...code,
    '',
    '  A phone will warn that the connection is not private: this computer made its certificate itself. Go on anyway,',
    `  or open ${first}/trust there: it takes the warning away.`,
    '  SHA-256 of what it offers:',
    ...inPieces(lan.fingerprint).map((piece) => `    ${piece}`),
    '',
    '',
  ].join('\n')
}

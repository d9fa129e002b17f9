/** Certificates that nobody signed but themselves. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate of our own making, for so many days from now; a negative number is long ago. */
export function makeCertificate(name: string, days = 10): { crt: string; key: string; serial: string } {
  const directory = mkdtempSync(join(tmpdir(), 'maru-certificate-'))
  const [crt, key] = [join(directory, 'crt'), join(directory, 'key')]
  const openssl = (...args: string[]): string =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  openssl(
    ...[
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      String(days),
    ],
    ...[
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`,
      '-keyout',
      key,
      '-out',
      crt,
    ],
  )
  const serial = openssl('x509', '-noout', '-serial', '-in', crt).trim().replace('serial=', '')
  const made = { crt: readFileSync(crt, 'utf8'), key: readFileSync(key, 'utf8'), serial }
  rmSync(directory, { recursive: true })
  return made
}

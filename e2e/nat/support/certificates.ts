/** A certificate authority for one run, and browsers that trust it as a company's would: by their own database. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './namespaces.ts'

const NAME = 'Maru NAT lab'
/** A key and a certificate for it, in one go. */
const REQUEST = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ')

export interface Authority {
  /** Writes `NAME.pem` and `NAME.key`. */
  issue(name: string, addresses: string[]): { certificate: string; key: string }
  /** Puts the authority into the database of the Chromium that runs with this home. */
  trustIn(home: string): void
}

/** A new one, whose files are in the directory. */
export function makeAuthority(directory: string): Authority {
  const ca = join(directory, 'ca.pem')
  const caKey = join(directory, 'ca.key')
  const request = (name: string, files: string[], extensions: string[]): string[] => [
    ...REQUEST,
    '-subj',
    `/CN=${name}`,
    ...files,
    ...extensions.flatMap((extension) => ['-addext', extension]),
  ]
  run(
    'openssl',
    request(
      NAME,
      ['-keyout', caKey, '-out', ca],
      ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'],
    ),
  )

  return {
    issue(name, addresses) {
      const certificate = join(directory, `${name}.pem`)
      const key = join(directory, `${name}.key`)
      const files = ['-CA', ca, '-CAkey', caKey, '-keyout', key, '-out', certificate]
      const names = `subjectAltName=${addresses.map((address) => `IP:${address}`).join(',')}`
      run(
        'openssl',
        request(name, files, [names, 'basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=serverAuth']),
      )
      return { certificate, key }
    },
    trustIn(home) {
      const database = join(home, '.pki', 'nssdb')
      mkdirSync(database, { recursive: true })
      run('certutil', ['-N', '-d', `sql:${database}`, '--empty-password'])
      run('certutil', ['-A', '-d', `sql:${database}`, '-n', NAME, '-t', 'C,,', '-i', ca])
    },
  }
}

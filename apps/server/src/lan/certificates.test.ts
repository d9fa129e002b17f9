/** The authority stays, the server's certificate fits, and neither vouches for anything outside of the network. */
import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type PeerCertificate, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepCertificates, LanError } from './certificates.ts'
import { DAY_MS, type Identity, makeServerIdentity, type Names, toPem } from './x509.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'maru-lan-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

const HOME: Names = {
  hosts: ['localhost', 'laptop.local'],
  addresses: ['127.0.0.1', '::1', '192.168.1.20', 'fd00::7'],
}
const keep = (names = HOME, now?: Date) => keepCertificates(folder, 'laptop.local', names, now)
const later = (days: number): Date => new Date(Date.now() + days * DAY_MS)
const serial = ({ certificate }: Identity): string => certificate.serialNumber

/** Shakes hands over a real socket. Answers `trusted`, or why the client refuses. */
async function handshake(identity: Identity, ca: string[], servername: string): Promise<string> {
  const server = createServer({ key: toPem(identity), cert: identity.certificate.toString() })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return new Promise((resolve) => {
    const isAddress = /^[\d.:a-f]+$/.test(servername)
    const socket: TLSSocket = connect(
      { port, host: '127.0.0.1', ca, ...(isAddress ? {} : { servername }), checkServerIdentity },
      () => end('trusted'),
    )
    function checkServerIdentity(_: string, peer: PeerCertificate): Error | undefined {
      const certificate = new X509Certificate(peer.raw)
      const found = isAddress ? certificate.checkIP(servername) : certificate.checkHost(servername)
      return found === undefined ? new Error('ERR_TLS_CERT_ALTNAME_INVALID') : undefined
    }
    socket.on('error', (error: NodeJS.ErrnoException) => end(`${error.code}: ${error.message}`))
    function end(answer: string): void {
      socket.destroy()
      server.close(() => resolve(answer))
    }
  })
}

test('whoever trusts the authority trusts this server by each of its names, and nobody else does', async () => {
  const { authority, server } = keep()
  const ca = [authority.certificate.toString()]
  for (const name of [...HOME.hosts, ...HOME.addresses]) {
    expect(await handshake(server, ca, name), name).toBe('trusted')
  }
  expect(await handshake(server, ca, 'other.local')).toMatch(/ALTNAME_INVALID/)
  expect(await handshake(server, ca, '192.168.1.21')).toMatch(/ALTNAME_INVALID/)
  expect(await handshake(server, [], 'localhost')).toMatch(/^UNABLE_TO_VERIFY_LEAF_SIGNATURE/)
})

test('the authority vouches for nothing outside of private networks', async () => {
  const { authority } = keep()
  const ca = [authority.certificate.toString()]
  for (const [names, asked] of [
    [{ hosts: ['example.org'], addresses: [] }, 'example.org'],
    [{ hosts: ['localhost.example.org'], addresses: [] }, 'localhost.example.org'],
    [{ hosts: [], addresses: ['203.0.113.9'] }, '203.0.113.9'],
    [{ hosts: [], addresses: ['2001:db8::1'] }, '2001:db8::1'],
  ] satisfies [Names, string][]) {
    const stolen = makeServerIdentity(authority, names, new Date())
    expect(await handshake(stolen, ca, asked), asked).toMatch(/permitted subtree violation/)
  }
  const inside = makeServerIdentity(authority, { hosts: [], addresses: ['172.31.255.254'] }, new Date())
  expect(await handshake(inside, ca, '172.31.255.254')).toBe('trusted')
})

test('phones take it: its days, its names and its purpose', () => {
  const { authority, server } = keep()
  const { certificate } = server
  const days = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / DAY_MS
  expect(days).toBeGreaterThan(300)
  expect(days).toBeLessThanOrEqual(397)
  expect(certificate.subjectAltName).toBe(
    'DNS:localhost, DNS:laptop.local, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, ' +
      'IP Address:192.168.1.20, IP Address:FD00:0:0:0:0:0:0:7',
  )
  // Server authentication: RFC 5280, 4.2.1.12.
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect([authority.certificate.ca, certificate.ca]).toEqual([true, false])
  expect(authority.certificate.subject).toContain('Maru on laptop.local')
})

test('what is kept is used again', () => {
  const first = keep()
  const second = keep()
  expect(second.authority.certificate.raw).toEqual(first.authority.certificate.raw)
  expect(second.server.certificate.raw).toEqual(first.server.certificate.raw)
  // One address less is no reason either: it may come back.
  const fewer = keep({ ...HOME, addresses: HOME.addresses.slice(0, 3) })
  expect(serial(fewer.server)).toBe(serial(first.server))
})

test('an address or a name that is new makes a new certificate, by the same authority', () => {
  const first = keep()
  for (const names of [
    { ...HOME, addresses: [...HOME.addresses, '10.0.0.5'] },
    { ...HOME, hosts: [...HOME.hosts, 'desk.local'] },
  ]) {
    const next = keep(names)
    expect(serial(next.server)).not.toBe(serial(first.server))
    expect(next.authority.certificate.raw).toEqual(first.authority.certificate.raw)
    expect(next.server.certificate.verify(first.authority.certificate.publicKey)).toBe(true)
  }
})

test('one that soon runs out is made anew; so is the authority, years later', () => {
  const first = keep()
  expect(serial(keep(HOME, later(350)).server)).toBe(serial(first.server))
  const next = keep(HOME, later(365))
  expect(serial(next.server)).not.toBe(serial(first.server))
  expect(serial(next.authority)).toBe(serial(first.authority))
  // Nothing outlives the one that vouches for it.
  const last = keep(HOME, later(3_600))
  expect(serial(last.authority)).toBe(serial(first.authority))
  expect(last.server.certificate.validTo).toBe(first.authority.certificate.validTo)
  expect(serial(keep(HOME, later(3_640)).authority)).not.toBe(serial(first.authority))
})

test("a certificate of another authority's is made anew", async () => {
  const first = keep()
  await rm(join(folder, 'authority.pem'))
  const second = keep()
  expect(serial(second.authority)).not.toBe(serial(first.authority))
  expect(second.server.certificate.verify(second.authority.certificate.publicKey)).toBe(true)
})

test('keys are for the owner only', async () => {
  const mode = async (name: string) => (await stat(join(folder, name))).mode & 0o777
  await rm(folder, { recursive: true })
  keep()
  expect([await mode('.'), await mode('authority.pem'), await mode('server.pem')]).toEqual([
    0o700, 0o600, 0o600,
  ])
  await chmod(join(folder, 'authority.pem'), 0o644)
  keep()
  expect(await mode('authority.pem')).toBe(0o600)
})

const lineFor = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof LanError) return error.message
    throw error
  }
  return 'accepted'
}

test.each([
  ['nothing', () => ''],
  ['no PEM', () => 'garbage'],
  ['half of it', (pem: string) => pem.slice(0, 400)],
  ['the key of another one', (pem: string) => pem.replace(/[^]*END PRIVATE KEY-----\n/, strangersKey())],
  ['a certificate that is no authority', () => toPem(makeServerIdentity(keep().authority, HOME, new Date()))],
])('a damaged authority stops the start with one line and is not replaced: %s', async (_, damage) => {
  keep()
  const file = join(folder, 'authority.pem')
  const damaged = damage(await readFile(file, 'utf8'))
  await writeFile(file, damaged)
  const line = lineFor(keep)
  expect(line).toMatch(/authority\.pem is damaged: .* delete it/)
  expect(line).not.toContain('\n')
  expect(await readFile(file, 'utf8')).toBe(damaged)
})

const strangersKey = (): string =>
  /[^]*END PRIVATE KEY-----\n/.exec(toPem(makeServerIdentity(keep().authority, HOME, new Date())))![0]

test('a damaged certificate of the server is made anew', async () => {
  const first = keep()
  await writeFile(join(folder, 'server.pem'), 'garbage')
  const next = keep()
  expect(serial(next.server)).not.toBe(serial(first.server))
  expect(serial(next.authority)).toBe(serial(first.authority))

  // One byte of the signature: it can still be read, but nobody would believe it.
  const forged = Buffer.from(next.server.certificate.raw)
  forged[forged.length - 1]! ^= 1
  const certificate = new X509Certificate(forged)
  await writeFile(join(folder, 'server.pem'), toPem({ ...next.server, certificate }))
  expect(keep().server.certificate.raw).not.toEqual(forged)
})

test('a folder that is none stops the start with one line', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  const line = lineFor(() => keepCertificates(file, 'laptop', HOME))
  expect(line).toMatch(/^certificates can't be kept in .* \(EEXIST\): .*LAN_FOLDER$/)
  await mkdir(join(folder, 'other/authority.pem'), { recursive: true })
  expect(lineFor(() => keepCertificates(join(folder, 'other'), 'laptop', HOME))).toMatch(/EISDIR/)
  expect(lineFor(() => keepCertificates(join(file, 'in'), 'laptop', HOME))).toMatch(/ENOTDIR/)
})

/** A real coturn on this machine alone, and a certificate for it that one browser trusts as it would any other. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../apps/server/src/backend/start-redis.ts'

const run = promisify(execFile)
const START_MS = 10_000

/** As `use-auth-secret` has it; made for tests, and good enough for the server to take it. */
const TURN_SECRET = 'q8Zk2vN7xT4mB9sL1wD6hG3y'

export interface Coturn extends AsyncDisposable {
  /** For the server's environment. */
  env: { TURN_URLS: string; TURN_SECRET: string }
  stop(): Promise<void>
}

export interface CoturnOptions {
  udp?: boolean
  certificate?: Certificate
}

/** Where nobody listens, a moment ago at least. */
export async function nowhere(): Promise<Coturn['env']> {
  return envFor(await freePort(), await freePort())
}

function envFor(port: number, tlsPort: number): Coturn['env'] {
  const plain = `127.0.0.1:${port}`
  const urls = [`stun:${plain}`, `turn:${plain}`, `turn:${plain}?transport=tcp`, `turns:localhost:${tlsPort}`]
  return { TURN_URLS: urls.join(','), TURN_SECRET }
}

export async function startCoturn({ udp = true, certificate }: CoturnOptions = {}): Promise<Coturn> {
  const home = await mkdtemp(join(tmpdir(), 'maru-coturn-'))
  const [port, tlsPort, firstRelay] = [await freePort(), await freePort(), await freePort()]
  const relays = Math.min(firstRelay, 65_000)
  const tls = certificate ? [`cert=${certificate.cert}`, `pkey=${certificate.key}`] : ['no-tls']
  const lines = [
    'listening-ip=127.0.0.1',
    'relay-ip=127.0.0.1',
    `listening-port=${port}`,
    `tls-listening-port=${tlsPort}`,
    `min-port=${relays}`,
    `max-port=${relays + 400}`,
    'use-auth-secret',
    `static-auth-secret=${TURN_SECRET}`,
    'realm=maru.test',
    'fingerprint',
    // All of this is on one machine: what the real configuration denies is where the tests live.
    'allow-loopback-peers',
    'no-multicast-peers',
    'no-dtls',
    'no-cli',
    ...(udp ? [] : ['no-udp']),
    ...tls,
    `userdb=${join(home, 'turndb')}`,
    `pidfile=${join(home, 'turnserver.pid')}`,
    'log-file=stdout',
  ]
  const conf = join(home, 'turnserver.conf')
  await writeFile(conf, `${lines.join('\n')}\n`)
  const child = spawn('turnserver', ['-c', conf], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] })
  // A run that is interrupted disposes of nothing.
  const last = (): void => void child.kill('SIGKILL')
  process.once('exit', last)
  child.once('exit', () => process.removeListener('exit', last))
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)))

  const stop = async (): Promise<void> => {
    await ended(child)
    await rm(home, { recursive: true, force: true })
  }
  await listening([port, ...(certificate ? [tlsPort] : [])], child).catch(async (error: unknown) => {
    await stop()
    throw new Error(`coturn isn't ready: ${String(error)}\n${output}`)
  })
  return { env: envFor(port, tlsPort), stop, [Symbol.asyncDispose]: stop }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

async function listening(ports: number[], child: ChildProcess): Promise<void> {
  let failure: Error | undefined
  child.once('error', (error) => (failure = error))
  const deadline = Date.now() + START_MS
  for (const port of ports) {
    while (!(await takes(port))) {
      if (failure) throw failure
      if (child.exitCode !== null) throw new Error(`it has ended with code ${child.exitCode}`)
      if (Date.now() > deadline) throw new Error(`nobody listens on port ${port}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function takes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

export interface Certificate extends AsyncDisposable {
  cert: string
  key: string
  /** A home for a browser: its NSS database trusts the authority that has signed this. */
  home: string
}

/** A private authority and a certificate of its for this machine. */
export async function makeCertificate(): Promise<Certificate> {
  const home = await mkdtemp(join(tmpdir(), 'maru-home-'))
  const at = (name: string): string => join(home, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const authority = ['-x509', ...key, '-days', '2', '-subj', '/CN=Test authority']
  const may = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign']
  await run('openssl', ['req', ...authority, ...may, '-keyout', at('ca.key'), '-out', at('ca.pem')])
  const leaf = ['-subj', '/CN=localhost', '-keyout', at('key.pem'), '-out', at('leaf.csr')]
  await run('openssl', ['req', ...key, ...leaf])
  await writeFile(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n')
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')]
  await run('openssl', [
    'x509',
    '-req',
    '-in',
    at('leaf.csr'),
    ...signed,
    '-days',
    '2',
    '-out',
    at('cert.pem'),
  ])
  await mkdir(at('.pki/nssdb'), { recursive: true })
  const database = ['-d', `sql:${at('.pki/nssdb')}`]
  await run('certutil', ['-N', ...database, '--empty-password'])
  await run('certutil', ['-A', ...database, '-t', 'C,,', '-n', 'Test authority', '-i', at('ca.pem')])
  return {
    home,
    cert: at('cert.pem'),
    key: at('key.pem'),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  }
}

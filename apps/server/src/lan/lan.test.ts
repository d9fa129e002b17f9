/** The server in a local network: https with its own certificate, plain http sent there, and nobody else's pages. */
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestServer, type TestServer, until } from '../test-kit.ts'
import type { Interfaces } from './addresses.ts'
import { announcement } from './announcement.ts'
import { LanError } from './certificates.ts'
import { type Lan, openLan, watchLan } from './lan.ts'

const interfaces = (address: string) => ({
  eth0: [{ address, family: 'IPv4' as const, internal: false, netmask: '', mac: '', cidr: null }],
})
let folder: string
let lan: Lan
let server: TestServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maru-lan-'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Maru</title>')
  lan = openLan({ folder: join(folder, 'lan'), interfaces: interfaces('192.168.1.20'), name: 'laptop' })
  server = await startTestServer({ lan, pagesDirectory: folder })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const ca = (): string => new X509Certificate(lan.authority).toString()

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

function get(path: string, options: { headers?: Record<string, string>; plain?: boolean } = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const { headers = {}, plain } = options
    const where = { host: '127.0.0.1', port: server.port, path, headers, agent: false as const }
    const asking = plain ? plainRequest(where) : request({ ...where, ca: ca() })
    asking.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    asking.on('error', reject)
    asking.end()
  })
}

test('it speaks https and says nothing that would outlast it', async () => {
  const page = await get('/r/AAAAAAAAAAAAAAAAAAAAAA', { headers: { Host: '192.168.1.20:3000' } })
  expect(page.status).toBe(200)
  expect(page.headers['content-security-policy']).toContain("connect-src 'self' wss://192.168.1.20:3000;")
  // A year of https for every `localhost` on this computer would be a bad souvenir.
  expect(page.headers['strict-transport-security']).toBeUndefined()
})

test('the authority is offered as what phones install', async () => {
  const offered = await get('/trust/maru-ca.crt')
  expect(offered.headers['content-type']).toBe('application/x-x509-ca-cert')
  expect(offered.headers['cache-control']).toBe('no-store')
  const certificate = new X509Certificate(offered.body)
  expect(certificate.raw).toEqual(offered.body)
  expect([certificate.ca, certificate.fingerprint256]).toEqual([true, lan.fingerprint])
  expect(String(offered.body)).not.toContain('PRIVATE')
})

test('without --lan there is no such file', async () => {
  await using other = await startTestServer({ pagesDirectory: folder })
  for (const accept of ['*/*', 'text/html']) {
    const answer = await fetch(`http://127.0.0.1:${other.port}/trust/maru-ca.crt`, { headers: { accept } })
    expect(answer.status).toBe(404)
  }
})

test('plain http on the same port is sent to https, and to nobody else', async () => {
  for (const host of [
    `localhost:${server.port}`,
    '192.168.1.20:3000',
    '[fd00::7]:3000',
    'laptop.local:3000',
  ]) {
    const answer = await get('/r/abc?x=1', { plain: true, headers: { Host: host } })
    expect([answer.status, answer.headers['location']], host).toEqual([307, `https://${host}/r/abc?x=1`])
    expect(answer.headers['cache-control']).toBe('no-store')
  }
  for (const host of [
    'evil.example',
    'evil.example/192.168.1.20',
    'evil.example@192.168.1.20',
    '192.168.1.20@evil.example',
    'other.local',
    '8.8.8.8',
  ]) {
    const answer = await get('/', { plain: true, headers: { Host: host } })
    expect([answer.status, answer.headers['location']], host).toEqual([400, undefined])
  }
  expect((await get('http://evil.example/', { plain: true, headers: { Host: '10.0.0.5' } })).status).toBe(400)
})

/** Answers what became of it: `open`, a status, or an error. */
function knock(scheme: 'ws' | 'wss', host: string, origin: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${scheme}://127.0.0.1:${server.port}/ws`, {
      origin,
      ca: ca(),
      headers: { Host: host },
    })
    const end = (outcome: string) => {
      socket.on('error', () => {})
      socket.terminate()
      resolve(outcome)
    }
    socket.on('open', () => end('open'))
    socket.on('unexpected-response', (_, response) => end(String(response.statusCode)))
    socket.on('error', () => end('error'))
  })
}

test('its own pages may connect, by each of its names, and no others', async () => {
  for (const host of [
    'localhost:3000',
    '192.168.1.20:3000',
    '10.9.8.7',
    '[fd00::7]:3000',
    'laptop.local:3000',
  ]) {
    expect(await knock('wss', host, `https://${host}`), host).toBe('open')
    // The same place, but whoever is on the way may have written that page.
    expect(await knock('wss', host, `http://${host}`), host).toBe('403')
  }
  for (const [host, origin] of [
    ['other.local:3000', 'https://other.local:3000'],
    ['evil.example:3000', 'https://evil.example:3000'],
    ['laptop.local:3000', 'https://other.local:3000'],
    ['laptop.local:3000', 'https://laptop.local'],
    ['sub.laptop.local:3000', 'https://sub.laptop.local:3000'],
    ['8.8.8.8', 'https://8.8.8.8'],
  ] as const) {
    expect(await knock('wss', host, origin), `${origin} at ${host}`).toBe('403')
  }
  expect(await knock('ws', 'localhost:3000', 'https://localhost:3000')).toBe('error')
})

test('another network makes another certificate, while it runs; the authority stays', async () => {
  const serialNow = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const asking = request({
        host: '127.0.0.1',
        port: server.port,
        path: '/healthz',
        ca: ca(),
        agent: false,
      })
      asking.on('response', (response) => {
        const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate()
        response.resume().on('end', () => resolve(serialNumber))
      })
      asking.on('error', reject)
      asking.end()
    })
  const before = await serialNow()
  const moved = openLan({ folder: join(folder, 'lan'), interfaces: interfaces('10.0.0.5'), name: 'laptop' })
  expect(moved.fingerprint).toBe(lan.fingerprint)
  server.useLan(moved)
  expect(await serialNow()).not.toBe(before)
})

test('a change of network is noticed, and none in between is waited for', async () => {
  const here: Interfaces = interfaces('192.168.1.20')
  const heard: Lan[] = []
  const options = { folder: join(folder, 'watched'), interfaces: here, name: 'laptop', lookMs: 10 }
  const first = openLan(options)
  const stop = watchLan(options, (now) => heard.push(now))
  delete here['eth0']
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(heard).toEqual([])
  Object.assign(here, interfaces('10.0.0.5'))
  await until(() => heard.length, 'the new network')
  await new Promise((resolve) => setTimeout(resolve, 50))
  stop()
  expect(heard).toHaveLength(1)
  expect(heard[0]!.hosts).toEqual(['10.0.0.5', 'laptop.local'])
  expect(heard[0]!.credentials.cert).not.toBe(first.credentials.cert)
  expect(heard[0]!.fingerprint).toBe(first.fingerprint)
})

test('whoever connects and says nothing, or nonsense, holds nothing up', async () => {
  const other = await startTestServer({ lan })
  const silent = connect(other.port, '127.0.0.1')
  const confused = connect(other.port, '127.0.0.1', () => confused.write('\u0016\u0003\u0001nonsense'))
  const halfway = connect(other.port, '127.0.0.1', () => halfway.write('GET / HTTP/1.1\r\nHo'))
  const gone = connect(other.port, '127.0.0.1', () => gone.write('\u0016', () => gone.resetAndDestroy()))
  const closed = [silent, confused, halfway, gone].map((socket) => {
    socket.on('error', () => {})
    return until(() => socket.destroyed || socket.readableEnded, 'closed')
  })
  for (const socket of [silent, confused, halfway]) socket.resume()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect((await get('/healthz')).status).toBe(200)
  const started = performance.now()
  await other[Symbol.asyncDispose]()
  expect(performance.now() - started).toBeLessThan(2_000)
  await Promise.all(closed)
})

test('a computer that is in no network is told so', () => {
  const lineFor = (options: { interfaces?: ReturnType<typeof interfaces>; host?: string }): string => {
    try {
      openLan({ folder, interfaces: {}, ...options })
    } catch (error) {
      if (error instanceof LanError) return error.message
      throw error
    }
    return 'accepted'
  }
  expect(lineFor({})).toMatch(/^this computer has no address in a local network; /)
  expect(lineFor({ interfaces: interfaces('203.0.113.9') })).toMatch(/^this computer has no address/)
  expect(lineFor({ interfaces: interfaces('192.168.1.20'), host: '10.0.0.1' })).toMatch(
    /^HOST=10\.0\.0\.1 is no/,
  )
  for (const host of ['0.0.0.0', '::', '192.168.1.20']) {
    expect(lineFor({ interfaces: interfaces('192.168.1.20'), host }), host).toBe('accepted')
  }
})

test('the terminal shows where to go, as text and as a code, and what the phone will say', () => {
  const text = announcement(lan, 3000, false)
  expect(text).toContain('https://192.168.1.20:3000')
  expect(text).toContain('https://laptop.local:3000')
  expect(text).toMatch(/warn/)
  expect(text).toContain('https://192.168.1.20:3000/trust')
  expect(text.replace(/\s+/g, '')).toContain(lan.fingerprint.replace(/((?:..:){7}..):/g, '$1'))
  // A light module is drawn, a dark one left out; each line holds two rows of them.
  const rows = text.split('\n').flatMap((line) => {
    const drawn = /^ {2}([█▀▄ ]{20,})$/.exec(line)?.[1]
    if (drawn === undefined) return []
    const row = (light: string) => Array.from(drawn, (sign) => light.includes(sign))
    return [row('█▀'), row('█▄')]
  })
  // The finder pattern in the corner: a dark ring of seven around a light one around a dark three by three.
  const finder = rows.slice(2, 9).map((row) =>
    row
      .slice(2, 9)
      .map((light) => (light ? ' ' : '#'))
      .join(''),
  )
  expect(finder).toEqual(['#######', '#     #', '# ### #', '# ### #', '# ### #', '#     #', '#######'])
  expect(announcement(lan, 3000, true)).toContain('\u001B[38;5;231;48;5;16m')
})

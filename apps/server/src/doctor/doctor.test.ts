/** What the doctor says of Redis, of the way in and of clocks: each thing well, and each broken for real. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from '../backend/start-redis.ts'
import { startTestServer, type TestServer } from '../test-kit.ts'
import { askDoctor, makeCertificate, startFront } from './test-kit.ts'

const good = makeCertificate('localhost')

/** A server, the proxy before it, and what the doctor says of the two. */
async function lookThrough(
  front: Omit<Parameters<typeof startFront>[0], 'port'>,
  look: Parameters<typeof askDoctor>[1] & { host?: string; allowed?: boolean } = {},
): Promise<string> {
  const { host = 'localhost', allowed = true, ...rest } = look
  // The proxy's port is known only after the server has to know it.
  const publicOrigins: string[] = []
  await using server = await startTestServer({ publicOrigins })
  await using proxy = await startFront({ ...front, port: server.port })
  const origin = `${front.certificate ? 'https' : 'http'}://${host}:${proxy.port}`
  publicOrigins.push(allowed ? origin : 'https://somewhere-else.example.org')
  return await askDoctor({ PUBLIC_ORIGIN: origin }, { via: '127.0.0.1', ...rest })
}

describe('Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })

  test('well', async () => {
    const said = await askDoctor({ REDIS_URL: redis.url })
    expect(said).toMatch(/^✓ Redis answers at \S+ in \d+ ms$/m)
    expect(said).toMatch(/^✓ the clocks here and at Redis agree \(to \d\.\d s\)$/m)
  })

  test('a clock that is wrong', async () => {
    const said = await askDoctor({ REDIS_URL: redis.url }, { now: () => Date.now() + 90_000 })
    expect(said).toMatch(
      /^✗ the clock here is 90 s ahead of the one at Redis\n {4}Have both set by the network: timedatectl set-ntp true\./m,
    )
  })

  test('a password that it doesn’t know', async () => {
    const said = await askDoctor({ REDIS_URL: redis.url.replace('//', '//someone:hunter2@') })
    expect(said).toMatch(
      /^✗ Redis at \S+ asks for another password\n {4}Put the right one into REDIS_URL: redis:\/\/:PASSWORD@HOST:6379\.$/m,
    )
    expect(said).not.toContain('hunter2')
  })

  test('standing still, and stopped', async () => {
    const mend = 'Start it (docker compose up -d redis), or mend REDIS_URL.'
    await redis.pause()
    const frozen = await askDoctor({ REDIS_URL: redis.url })
    await redis.resume()
    expect(frozen).toMatch(/^✗ Redis does not answer at /m)
    expect(frozen).toContain(mend)
    await redis.stop()
    const stopped = await askDoctor({ REDIS_URL: redis.url })
    expect(stopped).toMatch(/^✗ Redis does not answer at \S+ \(ECONNREFUSED\)$/m)
    expect(stopped).toContain(mend)
  })

  test('not set', async () => {
    expect(await askDoctor({})).toMatch(
      /^– REDIS_URL is not set\n {4}Rooms live in the server's own memory: right for a single server, and they end with it\.$/m,
    )
  })
})

describe('the public origin', () => {
  test('well', async () => {
    const said = await lookThrough({ certificate: good }, { ca: good.crt })
    expect(said).toMatch(/^✓ https:\S+: its certificate is for localhost, and good for (59|60) more days$/m)
    expect(said).toMatch(/^✓ https:\S+ answers in \d+ ms$/m)
    expect(said).toMatch(/^✓ wss:\S+\/ws takes WebSockets$/m)
    expect(said).toMatch(/^✓ the clocks here and at localhost:\d+ agree \(to \d\.\d s\)$/m)
    expect(said).not.toContain('✗')
  })

  // On Linux all of 127.0.0.0/8 is this machine, and `localhost` is only its first address.
  test.runIf(process.platform === 'linux')('well, seen from a container', async () => {
    const said = await lookThrough(
      { certificate: good, address: '127.0.0.2' },
      { ca: good.crt, via: '127.0.0.2' },
    )
    expect(said).toMatch(/^✓ wss:\/\/localhost:\d+\/ws takes WebSockets$/m)
    expect(said).not.toContain('✗')
  })

  test('a certificate that has ended', async () => {
    const ended = makeCertificate('localhost', -5)
    const said = await lookThrough({ certificate: ended }, { ca: ended.crt })
    expect(said).toMatch(
      /^✗ https:\S+: its certificate ended on \d{4}-\d\d-\d\d\n {4}See why it is not renewed: /m,
    )
  })

  test('a certificate that is about to end', async () => {
    const ending = makeCertificate('localhost', 4)
    const said = await lookThrough({ certificate: ending }, { ca: ending.crt })
    expect(said).toMatch(/^✗ https:\S+: its certificate ends in (3|4) days\n {4}See why it is not renewed: /m)
  })

  test('a certificate that nobody trusts', async () => {
    const said = await lookThrough({ certificate: good })
    expect(said).toMatch(
      /^✗ https:\S+: no browser trusts its certificate \(DEPTH_ZERO_SELF_SIGNED_CERT\)\n {4}Get one from a public authority .*--ca FILE\.$/m,
    )
  })

  test('a certificate for another name', async () => {
    const other = makeCertificate('meet.example.org')
    const said = await lookThrough({ certificate: other }, { ca: other.crt })
    expect(said).toMatch(
      /^✗ https:\S+: its certificate is for meet\.example\.org, not for localhost\n {4}Get one for localhost, /m,
    )
  })

  test('no TLS where https is said', async () => {
    await using server = await startTestServer()
    const said = await askDoctor({ PUBLIC_ORIGIN: `https://127.0.0.1:${server.port}` })
    expect(said).toMatch(
      /^✗ https:\S+: no TLS at 127\.0\.0\.1:\d+ \(.+\)\n {4}See that it is running, and that the firewall lets TCP \d+ in\.$/m,
    )
  })

  test('plain http for the world', async () => {
    const said = await askDoctor({ PUBLIC_ORIGIN: 'http://192.0.2.255:1' }, { timeout: 300 })
    expect(said).toMatch(
      /^✗ http:\/\/192\.0\.2\.255:1 is plain http\n {4}Browsers give cameras to https only: put a proxy with a certificate before/m,
    )
  })

  test('nothing there', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const said = await askDoctor({ PUBLIC_ORIGIN: `http://127.0.0.1:${port}` })
    expect(said).toMatch(
      /^✗ http:\S+ does not answer \(ECONNREFUSED\)\n {4}See that proxy and server are running, that the name points to this machine, and that the firewall lets TCP \d+ in\.$/m,
    )
  })

  test('a proxy without a server behind it', async () => {
    await using proxy = await startFront({ port: 1 })
    const said = await askDoctor({ PUBLIC_ORIGIN: `http://127.0.0.1:${proxy.port}` })
    expect(said).toMatch(
      /^✗ http:\S+\/healthz answers 502 instead of Maru's ok\n {4}See where the proxy sends it: 502 to 504 say that no server is behind it/m,
    )
  })

  test('a proxy that passes on no WebSocket', async () => {
    const said = await lookThrough({ certificate: good, upgrades: false }, { ca: good.crt })
    expect(said).toMatch(
      /^✗ wss:\S+\/ws: no WebSocket \(the answer is 426\)\n {4}Have the proxy pass on upgrades \(nginx: proxy_http_version 1\.1, /m,
    )
  })

  test('a server that was told of another origin', async () => {
    const said = await lookThrough({ certificate: good }, { ca: good.crt, allowed: false })
    expect(said).toMatch(
      /^✗ wss:\S+\/ws: the server refuses pages of https:\S+\n {4}Give the server the same PUBLIC_ORIGIN/m,
    )
  })

  test('a clock that is wrong', async () => {
    const said = await lookThrough({ certificate: good, ahead: 3_600_000 }, { ca: good.crt })
    expect(said).toMatch(
      /^✗ the clock here is (3600|3599|3601) s behind the one at localhost:\d+\n {4}Have both set by the network: /m,
    )
  })

  test('not set', async () => {
    expect(await askDoctor({})).toMatch(
      /^– PUBLIC_ORIGIN is not set\n {4}Only pages of this server on localhost or a private address may connect; /m,
    )
  })
})

// A process each time, on a machine that is busy.
describe('the command', { timeout: 60_000 }, () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const run = (env: Record<string, string>, ...args: string[]) =>
    new Promise<{ code: number; said: string }>((resolve) => {
      const main = fileURLToPath(new URL('main.ts', import.meta.url))
      const child = execFile(
        process.execPath,
        [main, ...args],
        { env: { PATH: process.env['PATH'], ...env } },
        (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, said: stdout + stderr }),
      )
    })

  test('ends with 0 when all is well, and shows the way to a look from outside', async () => {
    const origin = `http://localhost:${server.port}`
    const { code, said } = await run({ PUBLIC_ORIGIN: origin })
    expect(said).not.toContain('✗')
    expect(code).toBe(0)
    expect(said).toContain('This was a look from inside.')
    expect(said).toContain(`open ${origin}/doctor there:`)
    // Half blocks: two rows of the code in one line.
    expect(said.match(/^[█▀▄ ]{25,}$/gm)?.length).toBeGreaterThan(12)
  })

  test('ends with 1 when something is not, or the server would not start', async () => {
    const broken = await run({ PUBLIC_ORIGIN: 'http://127.0.0.1:1' })
    expect(broken.said).toContain('✗ http://127.0.0.1:1 does not answer')
    expect(broken.code).toBe(1)
    const wrong = await run({ PORT: 'http' })
    expect(wrong.said).toMatch(
      /^✗ the server does not start as it is set up\n {4}PORT must be a port number .*$/m,
    )
    expect(wrong.code).toBe(1)
  })

  test('takes an authority of one’s own', async () => {
    await using front = await startFront({ port: server.port, certificate: good })
    const directory = await mkdtemp(join(tmpdir(), 'maru-doctor-'))
    await writeFile(join(directory, 'root.crt'), good.crt)
    const env = { PUBLIC_ORIGIN: `https://localhost:${front.port}` }
    expect((await run(env)).said).toContain('no browser trusts its certificate')
    expect((await run(env, '--ca', join(directory, 'root.crt'))).said).toContain(
      'its certificate is for localhost',
    )
    const wrong = await run(env, '--ca', join(directory, 'nothing.crt'))
    expect(wrong.said).toMatch(/^ENOENT: .*\nWhat there is: --ca FILE, --via HOST\.\n$/)
    expect(wrong.code).toBe(1)
    expect((await run(env, '--nonsense')).said).toMatch(/^Unknown option '--nonsense'.*\nWhat there is: /s)
    await rm(directory, { recursive: true })
  })
})

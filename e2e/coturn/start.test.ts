/** How the bundled coturn starts, what it refuses to start with, and what it keeps current while calls go on. */
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { makeCertificate } from '../../apps/server/src/doctor/test-kit.ts'
import { type Coturn, type CoturnOptions, credentialsFor, makeSecret, startCoturn } from './coturn.ts'

const OUTSIDE = { TURN_EXTERNAL_IP: '203.0.113.80' }

const servedSerial = (host: string, port = 5349): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, servername: 'meet.test', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })
    socket.on('error', (error) => resolve(error.message))
  })

/** The line that it ends with. */
async function lineOf(options: CoturnOptions): Promise<string> {
  await using coturn = await startCoturn({ ...options, fails: true })
  expect(await coturn.exitCode()).toBe(1)
  return await coturn.log()
}

test.each([
  ['changeme-changeme-changeme', 'a well-known one, or could be guessed'],
  ['my-static-auth-secret-for-turn', 'a well-known one, or could be guessed'],
  ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a well-known one, or could be guessed'],
  ['north', 'too short to keep anyone out (5 characters, 24 are the least)'],
  ['', 'too short to keep anyone out (0 characters, 24 are the least)'],
  ['q8Zk2vN7xT4mB9sL1wD6hG3y\nuser=me:me', 'must be one line of letters, digits'],
])('it refuses the secret %j with one line that doesn’t repeat it', async (secret, why) => {
  for (const bad of [{ secret }, { previous: secret }]) {
    const line = await lineOf({ ...bad, env: OUTSIDE })
    expect(line).toMatch(
      /^turn: the secret in \/secrets\/turn-secret\S* [^\n]*openssl rand -base64 32 > \S+$/,
    )
    expect(line).toContain(why)
    if (secret) expect(line).not.toContain(secret)
  }
})

test.each([
  ['TURN_PORT', '80a'],
  ['TURN_TLS_PORT', '65536'],
  ['TURN_MIN_PORT', '80'],
  ['TURN_MAX_PORT', '1'],
  ['TURN_USER_QUOTA', '0'],
  ['TURN_MAX_BPS', '1'],
  ['TURN_EXTERNAL_IP', '203.0.113.256'],
  ['TURN_EXTERNAL_IP', 'turn.example.org'],
  ['TURN_EXTERNAL_IP', '203.0.113.80\nno-auth'],
  ['TURN_LISTEN_IP', 'eth0'],
  ['DOMAIN', 'meet.example.org\nno-auth'],
])('%s=%j stops the start with one line', async (name, value) => {
  const line = await lineOf({ env: { ...OUTSIDE, [name]: value } })
  expect(line).toMatch(new RegExp(`^turn: ${name} must be `))
})

test('it asks for the external address where it can only guess, and finds it where it can', async () => {
  const line = await lineOf({ env: { DOMAIN: 'nobody-has-this-name.example.org' } })
  expect(line).toMatch(
    /^turn: set TURN_EXTERNAL_IP to the address that the world reaches this machine by: .*$/,
  )
  for (const [domain, how] of [
    ['localhost', 'for people in the same network only'],
    ['meet.lan', 'for people in the same network only'],
    ['192.168.7.7', 'for people in the same network only'],
    ['203.0.113.81', 'where 203.0.113.81 is'],
  ] as const) {
    await using coturn = await startCoturn({ env: { DOMAIN: domain } })
    expect(await coturn.log()).toContain(how)
    const client = await coturn.connect()
    const external = domain === '203.0.113.81' ? domain : coturn.address
    expect((await client.allocate()).address, domain).toBe(external)
    client.close()
  }
})

/** A relay of Ann's and one of Bo's, and whether words still go from one to the other. */
async function makeCall(coturn: Coturn) {
  const [ann, bo] = await Promise.all([coturn.connect(), coturn.connect()])
  const [annAt, boAt] = [await ann.allocate(), await bo.allocate()]
  await ann.permit(boAt)
  await bo.permit(annAt)
  return {
    async expectToGoOn() {
      ann.send(boAt, Buffer.from('still here'))
      expect((await bo.receive())?.data.toString()).toBe('still here')
      // A refresh is signed with what the relay was made with.
      await ann.refresh(600)
    },
    [Symbol.dispose]() {
      ann.close()
      bo.close()
    },
  }
}

test('on a private address, relays reach each other by that address', async () => {
  await using coturn = await startCoturn({ env: { DOMAIN: 'localhost' } })
  using call = await makeCall(coturn)
  await call.expectToGoOn()
})

test('secrets rotate in the middle of a call: first both are good, then only the new one', async () => {
  const old = makeSecret()
  const fresh = makeSecret()
  await using coturn = await startCoturn({ secret: old, env: OUTSIDE })
  const isGood = async (secret: string): Promise<boolean> => {
    const client = await coturn.connect({ credentials: credentialsFor(secret, 'somebody') })
    const good = await client.allocate().then(
      () => true,
      () => false,
    )
    client.close()
    return good
  }
  using call = await makeCall(coturn)
  expect([await isGood(old), await isGood(fresh)]).toEqual([true, false])
  await coturn.write('turn-secret.previous', old)
  await coturn.write('turn-secret', fresh)
  await expect.poll(() => isGood(fresh), { timeout: 20_000 }).toBe(true)
  expect(await isGood(old)).toBe(true)
  await call.expectToGoOn()
  const log = await coturn.log()
  for (const secret of [old, fresh]) expect(log).not.toContain(secret)

  await using later = await startCoturn({ secret: fresh, previous: old, env: OUTSIDE })
  for (const secret of [old, fresh]) {
    const client = await later.connect({ credentials: credentialsFor(secret, 'somebody') })
    await client.allocate()
    client.close()
  }
})

test('TLS begins when there is a certificate, and a renewed one is served without a restart', async () => {
  const [first, second] = [makeCertificate('meet.test'), makeCertificate('meet.test')]
  const folder = 'caddy/certificates/acme-v02.api.letsencrypt.org-directory/meet.test'
  await using coturn = await startCoturn({ env: { ...OUTSIDE, DOMAIN: 'meet.test' } })
  expect(await servedSerial(coturn.address)).toMatch(/ECONNREFUSED/)
  await coturn.write(`${folder}/meet.test.key`, first.key)
  await coturn.write(`${folder}/meet.test.crt`, first.crt)
  await expect.poll(() => servedSerial(coturn.address), { timeout: 20_000 }).toBe(first.serial)

  const client = await coturn.connect({ transport: 'tls', host: coturn.address, ca: first.crt }).catch(String)
  expect(client, 'the name in the certificate counts').toMatch(/altnames|does not match/)
  using call = await makeCall(coturn)
  await coturn.write(`${folder}/meet.test.key`, second.key)
  await coturn.write(`${folder}/meet.test.crt`, second.crt)
  await expect.poll(() => servedSerial(coturn.address), { timeout: 20_000 }).toBe(second.serial)
  await call.expectToGoOn()
  // Nobody but coturn's own user may read the key, or the configuration with the secret in it.
  expect(await coturn.exec('stat', '-c', '%a %u', '/tmp/turn/tls.key', '/tmp/turn/turnserver.conf')).toBe(
    '600 10001\n600 10001',
  )
})

test('ports can be others, and no more people get in than there are ports', async () => {
  const env = { TURN_PORT: '13478', TURN_TLS_PORT: '15349', TURN_MIN_PORT: '50000', TURN_MAX_PORT: '50003' }
  await using coturn = await startCoturn({ env: { ...OUTSIDE, ...env } })
  const certificate = makeCertificate('localhost')
  await coturn.write('caddy/certificates/local/localhost/localhost.key', certificate.key)
  await coturn.write('caddy/certificates/local/localhost/localhost.crt', certificate.crt)
  await expect.poll(() => servedSerial(coturn.address, 15_349), { timeout: 20_000 }).toBe(certificate.serial)
  const clients = await Promise.all(Array.from({ length: 5 }, () => coturn.connect()))
  const outcomes: (number | string)[] = []
  for (const client of clients)
    outcomes.push(
      await client.allocate().then(
        ({ port }) => port,
        (error: Error) => error.message.trim(),
      ),
    )
  expect(new Set(outcomes.slice(0, 4))).toEqual(new Set([50_000, 50_001, 50_002, 50_003]))
  expect(outcomes[4]).toBe('486')
  for (const client of clients) client.close()
})

test('it ends when it is asked to', async () => {
  await using coturn = await startCoturn({ env: OUTSIDE })
  using call = await makeCall(coturn)
  await call.expectToGoOn()
  const stopped = coturn.stop()
  expect(await coturn.exitCode()).toBe(0)
  await stopped
})

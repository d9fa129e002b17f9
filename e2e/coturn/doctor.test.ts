/** What the doctor says of coturn: the bundled one, and the same one broken in each way that people break it. */
import { expect, test } from 'vitest'
import { askDoctor, type Certificate, makeCertificate } from '../../apps/server/src/doctor/test-kit.ts'
import { type Coturn, type CoturnOptions, makeNetwork, makeSecret, startCoturn } from './coturn.ts'

const ALL = ['udp', 'tcp', 'tls'] as const
type Way = (typeof ALL)[number]

const urlsOf = (host: string, ways: readonly Way[]): string =>
  ways
    .map((way) => (way === 'tls' ? `turns:${host}:5349?transport=tcp` : `turn:${host}:3478?transport=${way}`))
    .join(',')

interface Asked {
  ways?: readonly Way[]
  secret?: string
  host?: string
  via?: string
  ca?: string
}

const ask = (coturn: Coturn, asked: Asked = {}): Promise<string> => {
  const { ways = ['udp', 'tcp'], secret = coturn.secret, host = coturn.address, ...look } = asked
  return askDoctor({ TURN_URLS: urlsOf(host, ways), TURN_SECRET: secret }, look)
}

/** What is said of a coturn that starts so. */
async function askOf(options: CoturnOptions, asked?: Asked): Promise<string> {
  await using coturn = await startCoturn(options)
  return await ask(coturn, asked)
}

async function giveCertificate(coturn: Coturn, certificate: Certificate): Promise<void> {
  const folder = 'caddy/certificates/local/localhost'
  await coturn.write(`${folder}/localhost.key`, certificate.key)
  await coturn.write(`${folder}/localhost.crt`, certificate.crt)
  await expect
    .poll(
      () =>
        coturn.connect({ transport: 'tls', anyCertificate: true }).then(
          (client) => client.close(),
          (error: Error) => error.message,
        ),
      { timeout: 20_000 },
    )
    .toBeUndefined()
}

test('well: STUN, relays on all three ways, the right address, nothing private', async () => {
  await using network = await makeNetwork()
  await using coturn = await startCoturn({ network: network.name })
  const certificate = makeCertificate(coturn.address)
  await giveCertificate(coturn, certificate)
  const said = await ask(coturn, { ways: ALL, ca: certificate.crt })
  expect(said).toMatch(/^✓ STUN answers on UDP [\d.]+:3478 in \d+ ms$/m)
  for (const way of ['UDP', 'TCP'])
    expect(said).toMatch(
      new RegExp(`^✓ a relay over ${way} [\\d.]+:3478 carries data to and fro in \\d+ ms$`, 'm'),
    )
  expect(said).toMatch(
    /^✓ TURN over TLS at [\d.]+:5349: its certificate is for [\d.]+, and good for \d+ more days$/m,
  )
  expect(said).toMatch(/^✓ a relay over TLS [\d.]+:5349 carries data to and fro in \d+ ms$/m)
  expect(said).toMatch(
    /^✓ relays are announced as [\d.]+, which people in the same network reach, and nobody else$/m,
  )
  expect(said).toMatch(/^✓ coturn relays to no private address$/m)
  expect(said).not.toContain('✗')
})

test('what is not offered', async () => {
  const said = await askOf({}, { ways: ['udp'] })
  expect(said).toMatch(
    /^– no relay over TCP is offered\n {4}People whose network lets no UDP out get no picture: add turn:/m,
  )
  expect(said).toMatch(
    /^– no relay over TLS is offered\n {4}People whose network lets out https only get no picture: add turns:/m,
  )
  expect(said).toMatch(/^✓ coturn relays to no private address \(it has no IPv6 relays\)$/m)
  const tcp = await askOf({}, { ways: ['tcp'] })
  expect(tcp).toMatch(/^– no STUN over UDP is offered\n/m)
  expect(tcp).toMatch(
    /^– no relay over UDP is offered\n {4}Calls by relay go over TCP, and stutter: add turn:/m,
  )
  expect(await askDoctor({})).toMatch(
    /^– TURN_URLS is not set\n {4}People reach each other within one network only: set/m,
  )
})

test('on localhost only', async () => {
  await using coturn = await startCoturn()
  const said = await ask(coturn, { host: 'localhost', via: coturn.address })
  expect(said).toMatch(/^✓ a relay over UDP localhost:3478 carries/m)
  expect(said).toMatch(
    /^– relays are announced as [\d.]+\n {4}TURN_URLS says localhost: nobody but this machine finds them\.$/m,
  )
})

test('another secret', async () => {
  const said = await askOf({}, { secret: makeSecret() })
  for (const way of ['UDP', 'TCP'])
    expect(said).toMatch(
      new RegExp(
        `^✗ coturn refuses this server's credentials on ${way} \\S+\n {4}Give both the same secret \\(TURN_SECRET here, static-auth-secret there\\), and have their clocks agree\\.$`,
        'm',
      ),
    )
})

test('coturn is down', async () => {
  await using coturn = await startCoturn()
  await coturn.stop()
  const said = await ask(coturn, { ways: ALL })
  expect(said).toMatch(
    /^✗ STUN does not answer on UDP \S+ \(.+\)\n {4}Start coturn \(docker compose up -d coturn\), and have the firewall let UDP 3478 in\.$/m,
  )
  for (const [way, port] of [
    ['UDP', 'UDP 3478'],
    ['TCP', 'TCP 3478'],
    ['TLS', 'TCP 5349'],
  ] as const)
    expect(said).toMatch(
      new RegExp(
        `^✗ no relay over ${way} \\S+ \\(.+\\)\n {4}Start coturn \\(docker compose up -d coturn\\), and have the firewall let ${port} in\\.$`,
        'm',
      ),
    )
  expect(said).toMatch(/^✗ TURN over TLS at \S+: no TLS at \S+ \(.+\)\n {4}See that it is running, and/m)
})

test('only UDP gets to it', async () => {
  const said = await askOf({ spoil: { file: 'turnserver.conf', how: (text) => `${text}no-tcp\n` } })
  expect(said).toMatch(/^✓ a relay over UDP /m)
  expect(said).toMatch(
    /^✗ no relay over TCP \S+ \(ECONNREFUSED\)\n {4}Start coturn .* have the firewall let TCP 3478 in\.$/m,
  )
})

test('a certificate that has ended, and one for another name', async () => {
  await using coturn = await startCoturn()
  const ended = makeCertificate(coturn.address, -3)
  await giveCertificate(coturn, ended)
  expect(await ask(coturn, { ways: ALL, ca: ended.crt })).toMatch(
    /^✗ TURN over TLS at \S+: its certificate ended on \S+\n {4}coturn takes the one that Caddy renews: see that it can read it, /m,
  )
  await using other = await startCoturn()
  const elsewhere = makeCertificate('turn.example.org')
  await giveCertificate(other, elsewhere)
  expect(await ask(other, { ways: ALL, ca: elsewhere.crt })).toMatch(
    /^✗ TURN over TLS at \S+: its certificate is for turn\.example\.org, not for [\d.]+\n {4}Get one for [\d.]+, /m,
  )
})

test('no denied ranges', async () => {
  const how = (text: string): string => text.replaceAll(/^denied-peer-ip=.*$/gm, '')
  expect(await askOf({ spoil: { file: 'turnserver.conf', how } })).toMatch(
    /^✗ coturn relays to addresses that are nobody's business: 10\.249\.17\.3, .*\n {4}Deny them \(denied-peer-ip\): use the configuration in infra\/coturn/m,
  )
})

test('a wrong external address', async () => {
  const said = await askOf({ env: { TURN_EXTERNAL_IP: '203.0.113.80' } })
  expect(said).toMatch(
    /^✗ relays are announced as 203\.0\.113\.80, but people find coturn at ([\d.]+)\n {4}Set TURN_EXTERNAL_IP=\1 for coturn, unless/m,
  )
})

test('an external address that is not in the pair form', async () => {
  const how = (text: string): string =>
    text
      .replace('"external-ip=$external/$own"', '"external-ip=$external"')
      .replace(/^ *printf .*"allowed-peer-ip=\$own"$/m, '')
  const said = await askOf({ spoil: { file: 'start.sh', how } })
  expect(said).toMatch(
    /^✗ coturn refuses to relay to its own relays on UDP \S+\n {4}Set coturn's external-ip in the pair form PUBLIC\/OWN/m,
  )
})

test('relays that nothing goes through', async () => {
  await using coturn = await startCoturn()
  await coturn.dropRelayed()
  expect(await ask(coturn)).toMatch(
    /^✗ a relay over UDP \S+ is given, but nothing goes through it\n {4}See that nothing drops what coturn sends to itself by UDP on its relay ports/m,
  )
})

test('no relay left', async () => {
  const said = await askOf({ env: { TURN_TOTAL_QUOTA: '1' } })
  expect(said).toMatch(
    /^✗ coturn has no relay left on UDP \S+\n {4}Raise TURN_TOTAL_QUOTA and the number of relay ports/m,
  )
})

test('any other refusal', async () => {
  const said = await askOf({
    spoil: { file: 'turnserver.conf', how: (text) => text.replace('no-tcp-relay', 'no-udp-relay') },
  })
  expect(said).toMatch(
    /^✗ coturn answers 4\d\d on UDP \S+\n {4}See `docker compose logs coturn`; only coturn 4\.17\.1 and later/m,
  )
})

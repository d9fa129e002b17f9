/** What `docker compose up` gives: three replicas behind Caddy, a relay, and calls that none of it can end. */
import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { CAST } from '../support/cast.ts'
import type { Person, PersonOptions } from '../support/person.ts'
import { expect, test } from '../support/test.ts'
import { watchFrames } from '../support/watch-frames.ts'
import {
  ADDRESS,
  compose,
  containers,
  docker,
  inside,
  ORIGIN,
  replicas,
  rootCertificate,
  run,
  SETTINGS,
  Stack,
  turnSecret,
  up,
} from './stack.ts'

/** At 15 frames a second, so long without a decoded frame is a picture that stands still. */
const STANDSTILL_MS = 2_000

type Invite = (role: (typeof CAST)['ana'], options: PersonOptions) => Promise<Person>

let stack: Stack
test.beforeAll(async () => {
  test.setTimeout(300_000)
  const started = performance.now()
  stack = await Stack.start()
  console.log(`compose: built and up after ${((performance.now() - started) / 1000).toFixed(1)} s`)
})
test.afterAll(async () => {
  test.setTimeout(120_000)
  await stack[Symbol.asyncDispose]()
})

/** Everyone in one room, in order. */
async function meet(invite: Invite, ...roles: (typeof CAST)['ana'][]): Promise<Person[]> {
  const people: Person[] = []
  let link = ORIGIN
  for (const role of roles) {
    const person = await invite(role, { env: { HOME: stack.home } })
    await person.open(link)
    await person.register()
    if (people.length === 0) link = await person.createRoom('In a box')
    await person.join()
    people.push(person)
  }
  for (const person of people)
    for (const other of people) if (other !== person) await person.expectToMeet(other)
  return people
}

/** Which of the page's connections carries the call: one that was made anew is another one. */
const carrierOf = ({ page }: Person): Promise<number> =>
  page.evaluate(() =>
    globalThis.testConnections.findIndex(({ connectionState }) => connectionState === 'connected'),
  )

const instancesOf = (people: Person[]): Promise<(string | null)[]> =>
  Promise.all(people.map((person) => person.instance()))

async function expectToTalk(one: Person, other: Person, text: string): Promise<void> {
  await one.say(text)
  await expect(other.chat.getByText(text)).toHaveCount(1)
}

/** What is served for no name at all, which is how a browser asks for an address. */
function servedCertificate(): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: ADDRESS, port: Number(SETTINGS.HTTPS_PORT), rejectUnauthorized: false },
      () => {
        resolve(new X509Certificate(socket.getPeerCertificate(true).raw))
        socket.destroy()
      },
    )
    socket.once('error', reject)
  })
}

test('everything runs as nobody, in a file system that it cannot write, with so much memory and no more', async () => {
  const all = await containers()
  const services = all.map(({ Config }) => Config.Labels['com.docker.compose.service']!)
  expect(services.toSorted()).toEqual([
    'caddy',
    'coturn',
    'first-start',
    'redis',
    'server',
    'server',
    'server',
  ])
  for (const { Name, State, Config, HostConfig } of all) {
    expect(HostConfig.ReadonlyRootfs, Name).toBe(true)
    expect(HostConfig.Memory, Name).toBeGreaterThan(0)
    expect(HostConfig.CapDrop, Name).toEqual(['ALL'])
    expect(HostConfig.SecurityOpt, Name).toContain('no-new-privileges:true')
    if (Name.includes('first-start')) {
      expect(State.Running).toBe(false)
      continue
    }
    expect(State.Health?.Status, Name).toBe('healthy')
    expect(Config.User, Name).toBe('10001:10001')
    expect(HostConfig.RestartPolicy.Name, Name).toBe('unless-stopped')
  }
  const secret = (await turnSecret()).trim()
  expect(secret).toMatch(/^[\w-]{43}$/)
  expect(JSON.stringify(all)).not.toContain(secret)
})

test('the image has what runs, and nothing that builds or tests it', async () => {
  const [server] = await containers('server')
  const files = await docker(
    'exec',
    server!.Id,
    'sh',
    '-c',
    'ls node_modules node_modules/@*; find apps packages',
  )
  for (const name of ['@trpc', 'ioredis', 'main.ts', 'index.html', 'join.lua']) expect(files).toContain(name)
  for (const name of [
    'typescript',
    'vite',
    'vitest',
    'playwright',
    'turbo',
    'solid-js',
    '.test.ts',
    'pwa/src',
  ])
    expect(files).not.toContain(name)
  // npm's package `node`, which brings every checkout its Node.
  expect(files.split('\n')).not.toContain('node')
})

test('what is for those who run it is not for those who come by', async () => {
  const [server] = await containers('server')
  expect(await inside(server!.Id, '/metrics')).toMatch(/^maru_sockets \d/m)
  const ca = ['--cacert', `${stack.home}/ca.crt`]
  const status = (...args: string[]) =>
    run('curl', [
      '--silent',
      '--output',
      '/dev/null',
      '--write-out',
      '%{http_code} %{redirect_url}',
      ...ca,
      ...args,
    ])
  expect(await status(`${ORIGIN}/healthz`)).toBe('200 ')
  for (const path of ['/metrics', '/readyz']) expect(await status(ORIGIN + path), path).toBe('404 ')
  expect(await status(`http://${ADDRESS}:${SETTINGS.HTTP_PORT}/r/x?y`)).toBe(`308 ${ORIGIN}/r/x?y`)
  const root = new X509Certificate(await rootCertificate())
  const leaf = await servedCertificate()
  expect(leaf.checkIP(ADDRESS)).toBe(ADDRESS)
  expect(leaf.issuer.split('-')[0]).toBe(root.subject.split('-')[0])
})

test('P62 three people see and hear each other on one replica, and rooms are spread over all', async ({
  invite,
}) => {
  const people = await meet(invite, CAST.ana, CAST.bora, CAST.chen)
  const running = await replicas()
  const [instance, ...others] = await instancesOf(people)
  expect([...running.keys()]).toContain(instance)
  expect(others).toEqual([instance, instance])

  await people[0]!.page.evaluate(async (count) => {
    const opened = Array.from({ length: count }, (_, i) => {
      const socket = new WebSocket(`wss://${location.host}/ws?shard=${String(i).padStart(2, '0')}`)
      return new Promise((resolve, reject) => {
        // One that says nothing is cut.
        socket.addEventListener('open', () => socket.send('PING'))
        socket.addEventListener('message', resolve)
        socket.addEventListener('error', reject)
      })
    })
    await Promise.all(opened)
  }, 40)
  for (const [name, container] of running)
    expect(await inside(container, '/metrics'), name).toMatch(/^maru_sockets [1-9]/m)
})

test('a replica is killed: the call goes on, and its members go on elsewhere', async ({ invite }) => {
  const [ana, bora] = (await meet(invite, CAST.ana, CAST.bora)) as [Person, Person]
  await ana.openChat()
  await bora.openChat()
  const instance = await ana.instance()
  const container = (await replicas()).get(instance!)!

  const carrier = await carrierOf(ana)
  const frames = watchFrames(ana, bora)
  const killed = performance.now()
  await docker('kill', container)
  for (const person of [ana, bora])
    await expect.poll(() => person.instance(), { timeout: 10_000, intervals: [50] }).not.toBe(instance)
  console.log(`compose: resumed ${Math.round(performance.now() - killed)} ms after the kill`)
  await expectToTalk(ana, bora, 'still here')
  await expectToTalk(bora, ana, 'me too')
  for (const longest of await frames.stop()) expect(longest).toBeLessThan(STANDSTILL_MS)
  expect(await bora.instance()).toBe(await ana.instance())
  expect(await carrierOf(ana)).toBe(carrier)
  await up()
})

test('Caddy reads its file again and cuts nobody off; an upgrade replaces every server in mid-call', async ({
  invite,
}) => {
  test.setTimeout(180_000)
  const [ana, bora] = (await meet(invite, CAST.ana, CAST.bora)) as [Person, Person]
  await ana.openChat()
  await bora.openChat()
  const carrier = await carrierOf(ana)
  const frames = watchFrames(ana, bora)

  await test.step('reload', async () => {
    const opened: string[] = []
    for (const { page } of [ana, bora]) page.on('websocket', (socket) => opened.push(socket.url()))
    // A change, for Caddy skips what is the same as before.
    await compose('exec', '-T', '-e', 'HTTP_PORT=18081', 'caddy', '/etc/caddy/start.sh', 'reload')
    await expectToTalk(ana, bora, 'reloaded')
    // Longer than the 2 s after which a page finds out that its connection is dead.
    await ana.page.waitForTimeout(4_000)
    await expectToTalk(bora, ana, 'so it is')
    expect(opened).toEqual([])
    await compose('exec', '-T', 'caddy', '/etc/caddy/start.sh', 'reload')
  })

  await test.step('upgrade', async () => {
    const before = await replicas()
    // The servers sign with the new one from the upgrade on, and coturn believes both.
    const secret = await turnSecret()
    await compose('run', '--rm', '-T', 'first-start', '--rotate')
    expect(await turnSecret()).not.toBe(secret)
    const started = performance.now()
    await run('infra/upgrade.sh', [])
    console.log(`compose: upgraded three servers in ${((performance.now() - started) / 1000).toFixed(1)} s`)
    const after = await replicas()
    expect(after.size).toBe(3)
    for (const instance of before.keys()) expect([...after.keys()]).not.toContain(instance)
    for (const person of [ana, bora])
      await expect.poll(async () => after.has((await person.instance()) ?? '')).toBe(true)
    await expectToTalk(ana, bora, 'upgraded')
    await expectToTalk(bora, ana, 'I saw nothing')
  })
  for (const longest of await frames.stop()) expect(longest).toBeLessThan(STANDSTILL_MS)
  expect(await carrierOf(ana)).toBe(carrier)
})

/** Runs in the page before its own scripts do: nothing but the relay is any good. */
function onlyRelay(): void {
  const Native = globalThis.RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy: 'relay' })
    }
    override setConfiguration(configuration?: RTCConfiguration): void {
      super.setConfiguration({ ...configuration, iceTransportPolicy: 'relay' })
    }
  }
}

/** The kind of one's own end of the pair that carries the call, and how the relay is reached. */
function selectedCandidate(person: Person): Promise<(string | undefined)[]> {
  return person.page.evaluate(async () => {
    for (const connection of globalThis.testConnections) {
      const stats = await connection.getStats()
      for (const entry of stats.values()) {
        if (entry.type !== 'transport' || entry.selectedCandidatePairId === undefined) continue
        const pair = stats.get(entry.selectedCandidatePairId)
        const local = stats.get(pair.localCandidateId)
        return [local.candidateType, local.relayProtocol]
      }
    }
    return []
  })
}

test('two people whom only the relay can connect are connected by it', async ({ invite }) => {
  const people = await meet(
    async (role, options) => {
      const person = await invite(role, options)
      await person.page.context().addInitScript(onlyRelay)
      return person
    },
    CAST.ana,
    CAST.bora,
  )
  for (const person of people) {
    const [type, protocol] = await selectedCandidate(person)
    expect(type).toBe('relay')
    console.log(`compose: ${person.role.name} by ${protocol}`)
  }
  const running = await replicas()
  for (const instance of await instancesOf(people))
    expect(await inside(running.get(instance!)!, '/metrics')).toMatch(/^maru_turn_credentials_total [1-9]/m)
})

test('down and up again: room, secret and authority are still there', async ({ invite }) => {
  test.setTimeout(180_000)
  const ana = await invite(CAST.ana, { env: { HOME: stack.home } })
  await ana.open(ORIGIN)
  await ana.register()
  const link = await ana.createRoom('To be kept')
  const kept = async () => [await turnSecret(), await rootCertificate()]
  const before = await kept()

  await compose('down')
  await up()
  expect(await kept()).toEqual(before)
  await ana.open(link)
  await ana.join()

  await test.step('and a backup brings them back where even the volumes are gone', async () => {
    const backup = `${stack.home}/maru.tgz`
    await run('sh', ['-c', `docker compose run --rm -T backup > ${backup}`])
    await compose('down', '--volumes')
    await run('sh', ['-c', `docker compose run --rm -T backup -xz < ${backup}`])
    await up()
    expect(await kept()).toEqual(before)
    // To the browser it is a reload in a call: it goes back in by itself.
    await ana.open(link)
    await ana.expectInCall()
  })
})

test('without Caddy and without the host’s network', async () => {
  const variant = {
    COMPOSE_PROJECT_NAME: 'maru-e2e-variant',
    COMPOSE_FILE: 'docker-compose.yml:infra/compose.own-proxy.yml:infra/compose.turn-ports.yml',
    SERVER_ADDRESS: ADDRESS,
    SERVER_PORTS: '18100-18101',
    REPLICAS: '2',
    TURN_LISTEN_IP: '',
    TURN_EXTERNAL_IP: ADDRESS,
    TURN_PORT: '13479',
    TURN_TLS_PORT: '15350',
  }
  const vary = (...args: string[]) => run('docker', ['compose', ...args], variant)
  try {
    await vary('up', '--detach', '--wait')
    expect((await vary('ps', '--services')).trim().split('\n').toSorted()).toEqual([
      'coturn',
      'redis',
      'server',
    ])
    for (const port of [18_100, 18_101]) {
      const answer = await fetch(`http://${ADDRESS}:${port}/healthz`)
      expect(answer.status).toBe(200)
    }
    expect(await vary('logs', 'coturn')).toContain(`relays as ${ADDRESS}`)
    expect((await vary('port', '--protocol', 'udp', 'coturn', '31099')).trim()).toMatch(/:31099$/)
  } finally {
    await vary('down', '--volumes')
  }
})

test('with a weak secret nothing starts, and it says why', async () => {
  const weak = { COMPOSE_PROJECT_NAME: 'maru-e2e-weak', TURN_SECRET: 'changeme-changeme-changeme' }
  try {
    await expect(run('docker', ['compose', 'up', '--detach', 'server', 'coturn'], weak)).rejects.toThrow(
      /first-start/,
    )
    expect(await run('docker', ['compose', 'logs', 'first-start'], weak)).toContain(
      'TURN_SECRET must be at least 24',
    )
    expect(await run('docker', ['compose', 'ps', '--quiet'], weak)).toBe('')
  } finally {
    await run('docker', ['compose', 'down', '--volumes'], weak)
  }
})

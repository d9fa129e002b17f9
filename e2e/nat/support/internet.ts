/** What is outside of every NAT: three networks, Maru with its Redis behind https, and the bundled coturn. */
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Authority, makeAuthority } from './certificates.ts'
import { connect, makeDirectory, Namespace, removeAll, run, runName } from './namespaces.ts'

/**
 * With a router between them, for coturn relays to nobody in its own network. The addresses look public to its rules,
 * and exist in the namespaces of the run only (RFC 5737).
 */
const SERVERS = { net: '192.0.2', withTurn: '192.0.2.10', stunOnly: '192.0.2.11' }
const TURN = { net: '198.51.100', first: '198.51.100.20', second: '198.51.100.21' }
const PEOPLE = { net: '203.0.113' }
const TURN_IMAGE = 'coturn/coturn:4.18'
const START_TIMEOUT_MS = 30_000

export interface Internet extends Disposable {
  /** Gives a device of the namespace these public addresses, all of one network, and the way to everybody. */
  plug(namespace: Namespace, device: string, addresses: string[]): void
  /** Gives it another address. */
  readdress(namespace: Namespace, device: string, address: string): void
  /** A public address that nobody has had yet. */
  newAddress(): string
  /** Two, as address and port. */
  stunServers: [string, number][]
  /** Where the app is; its server hands out TURN. */
  origin: string
  /** The same app, from a server that knows STUN only. */
  originWithoutTurn: string
  /** Makes a browser with this home trust the certificates out here. */
  trustIn(home: string): void
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const networkOf = (address: string): string => address.replace(/\.\d+$/, '')

export async function startInternet(): Promise<Internet> {
  const directory = makeDirectory()
  const dispose = (): void => {
    removeAll('ours')
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    const authority = makeAuthority(directory)
    const plug = makeRouter()
    const secret = randomBytes(32).toString('base64url')
    await startTurn({ plug, secret, directory, authority })
    await startServers({ plug, secret, authority })
    let people = 1
    return {
      plug,
      readdress: (namespace, device, next) => address(namespace, device, [next]),
      newAddress: () => `${PEOPLE.net}.${++people}`,
      stunServers: [TURN.first, TURN.second].map((one) => [one, 3478]),
      origin: `https://${SERVERS.withTurn}`,
      originWithoutTurn: `https://${SERVERS.stunOnly}`,
      trustIn: authority.trustIn,
      [Symbol.dispose]: dispose,
    }
  } catch (error) {
    dispose()
    throw error
  }
}

/** The device has these addresses and no other, and its way to everybody. */
function address(namespace: Namespace, device: string, addresses: string[]): void {
  namespace.ip(
    [
      `address flush dev ${device}`,
      ...addresses.map((one) => `address add ${one}/24 dev ${device}`),
      `route add default via ${networkOf(addresses[0]!)}.1`,
    ].join('\n'),
  )
}

/** The three networks, each a bridge at the router. */
function makeRouter(): Internet['plug'] {
  const router = Namespace.create('internet')
  router.write('/proc/sys/net/ipv4/ip_forward', '1')
  for (const { net } of [SERVERS, TURN, PEOPLE]) {
    const bridge = `net${net}`
    router.ip(`link add ${bridge} type bridge\nlink set ${bridge} up\naddress add ${net}.1/24 dev ${bridge}`)
  }
  let plugs = 0
  return (namespace, device, addresses) => {
    const socket = `plug${plugs++}`
    connect([router, socket], [namespace, device])
    router.ip(`link set ${socket} master net${networkOf(addresses[0]!)} up`)
    namespace.ip(`link set ${device} up`)
    address(namespace, device, addresses)
  }
}

interface Parts {
  plug: Internet['plug']
  secret: string
  authority: Authority
}

async function startServers({ plug, secret, authority }: Parts): Promise<void> {
  const machine = Namespace.create('server')
  plug(machine, 'eth0', [SERVERS.withTurn, SERVERS.stunOnly])
  machine.ip('link set lo up')
  const redis = machine.spawn('redis-server', ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  await says(redis, 'Ready to accept connections')
  const { certificate, key } = authority.issue('server', [SERVERS.withTurn, SERVERS.stunOnly])
  const start = async (public_: string, port: number, env: Record<string, string>): Promise<void> => {
    machine.spawn(process.execPath, [pathOf('../../../apps/server/src/main.ts')], {
      PORT: String(port),
      REDIS_URL: 'redis://127.0.0.1:6379',
      PUBLIC_ORIGIN: `https://${public_}`,
      ...env,
    })
    const front = [pathOf('https-front.ts'), public_, String(port), certificate, key]
    await says(machine.spawn(process.execPath, front), 'ready')
  }
  const stun = `stun:${TURN.first}:3478`
  const turn = [
    `turn:${TURN.first}:3478`,
    `turn:${TURN.first}:3478?transport=tcp`,
    // Where an address for TLS alone is, it listens where firewalls expect https.
    `turns:${TURN.second}:443`,
  ]
  await Promise.all([
    start(SERVERS.withTurn, 3001, { TURN_URLS: [stun, ...turn].join(), TURN_SECRET: secret }),
    start(SERVERS.stunOnly, 3002, { TURN_URLS: stun }),
  ])
}

/** The image with the configuration of `infra/`, in a namespace that Docker makes and gives no network to. */
async function startTurn({
  plug,
  secret,
  directory,
  authority,
}: Parts & { directory: string }): Promise<void> {
  const home = `${runName()}-turn`
  authority.issue('turn', [TURN.first, TURN.second])
  writeFileSync(join(directory, 'turn-secret'), secret)
  run('chmod', ['-R', 'a+rX', directory])
  const stay = ['--entrypoint', 'sleep', TURN_IMAGE, 'infinity']
  run('docker', ['run', '--detach', '--rm', '--name', home, '--network', 'none', ...stay])
  const machine = Namespace.ofProcess(
    'turn',
    Number(run('docker', ['inspect', '-f', '{{.State.Pid}}', home])),
  )
  plug(machine, 'eth0', [TURN.first, TURN.second])
  const volumes = [`${pathOf('../../../infra/coturn')}:/etc/coturn:ro`, `${directory}:/secrets:ro`]
  const settings = [
    'TURN_CERT_FILE=/secrets/turn.pem',
    'TURN_KEY_FILE=/secrets/turn.key',
    'TURN_TLS_PORT=443',
  ]
  const name = `${runName()}-coturn`
  const container = ['--name', name, '--network', `container:${home}`, '--entrypoint', '/etc/coturn/start.sh']
  const given = [...volumes.flatMap((one) => ['--volume', one]), ...settings.flatMap((one) => ['--env', one])]
  run('docker', ['run', '--detach', '--rm', ...container, ...given, TURN_IMAGE])
  await untilListening(machine, name)
}

async function untilListening(machine: Namespace, container: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!/:443 /.test(machine.run('ss', ['--listening', '--tcp', '--numeric']))) {
    if (Date.now() > deadline)
      throw new Error(`coturn doesn't listen:\n${run('docker', ['logs', container])}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Resolves when a program has said so. */
function says(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    const fail = (why: string): void => reject(new Error(`${why}:\n${output}`))
    const timer = setTimeout(() => fail(`never said "${word}"`), START_TIMEOUT_MS)
    const listen = (chunk: Buffer): void => {
      output += chunk.toString()
      if (!output.includes(word)) return
      clearTimeout(timer)
      resolve()
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', () => fail('ended'))
  })
}

/** The bundled coturn, in the image and with the files that people get, in a container of its own. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createIceServers } from '../../apps/server/src/turn.ts'
import { type TurnClientOptions, TurnClient } from '../../apps/server/src/doctor/turn-client.ts'
import type { TurnTransport } from '../../apps/server/src/doctor/turn-wire.ts'

const IMAGE = 'coturn/coturn:4.18'
const files = fileURLToPath(new URL('../../infra/coturn/', import.meta.url))
const run = promisify(execFile)

const docker = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await run('docker', args, { maxBuffer: 1 << 24 }).catch((error: Error) => {
    throw new Error(`These tests need Docker, and \`docker ${args[0]}\` failed: ${error.message}`)
  })
  return (stdout + (args[0] === 'logs' ? stderr : '')).trim()
}

export const makeSecret = (): string => randomBytes(32).toString('base64')

export interface CoturnOptions {
  env?: Record<string, string>
  secret?: string
  previous?: string
  /** Of a network that `makeNetwork` made; Docker's own bridge otherwise. */
  network?: string
  /** Spoils a file of infra/coturn before it is used. */
  spoil?: { file: 'start.sh' | 'turnserver.conf'; how: (text: string) => string }
  /** It is expected to give up. */
  fails?: boolean
}

export interface Coturn extends AsyncDisposable {
  address: string
  address6: string
  secret: string
  log(): Promise<string>
  /** `turn-secret`, `turn-secret.previous`, or a certificate's file below `/caddy`. Written as a whole. */
  write(file: string, text: string): Promise<void>
  exec(...args: string[]): Promise<string>
  /** A firewall that lets nothing in on the ports of relays. */
  dropRelayed(): Promise<void>
  /** As the server gives them. @param ago seconds since */
  credentialsFor(userId: string, ago?: number): { username: string; credential: string }
  connect(options?: ConnectOptions): Promise<TurnClient>
  /** SIGTERM. */
  stop(): Promise<void>
  exitCode(): Promise<number>
}

interface ConnectOptions extends Partial<TurnClientOptions> {
  transport?: TurnTransport
  ipv6?: boolean
  host?: string
}

/** What the server would give somebody, `ago` seconds ago. */
export function credentialsFor(secret: string, userId: string, ago = 0) {
  const make = createIceServers({ secret, urls: ['turn:x'] }, () => Date.now() - ago * 1000)
  const { username = '', credential = '' } = make(userId)[0]!
  return { username, credential }
}

export async function startCoturn(options: CoturnOptions = {}): Promise<Coturn> {
  const secret = options.secret ?? makeSecret()
  const directory = await mkdtemp(join(tmpdir(), 'maru-coturn-'))
  const write = async (file: string, text: string): Promise<void> => {
    const path = join(directory, file.startsWith('turn-secret') ? 'secrets' : 'caddy', file)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(`${path}.new`, text)
    // The container's user is another one.
    await chmod(`${path}.new`, 0o644)
    await rename(`${path}.new`, path)
  }
  await chmod(directory, 0o755)
  await mkdir(join(directory, 'caddy'))
  await write('turn-secret', secret)
  if (options.previous !== undefined) await write('turn-secret.previous', options.previous)
  if (options.spoil) {
    await cp(files, join(directory, 'files'), { recursive: true })
    const path = join(directory, 'files', options.spoil.file)
    await writeFile(path, options.spoil.how(await readFile(path, 'utf8')))
  }
  const env = { TURN_WATCH_SECONDS: '1', ...options.env }
  const id = await docker(
    'run',
    '--detach',
    `--name=maru-turn-${randomBytes(4).toString('hex')}`,
    '--user=10001:10001',
    '--read-only',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges',
    '--tmpfs=/tmp:mode=1777',
    ...(options.network ? [`--network=${options.network}`] : []),
    ...Object.entries(env).map(([name, value]) => `--env=${name}=${value}`),
    `--volume=${options.spoil ? `${directory}/files` : files}:/etc/coturn:ro`,
    `--volume=${directory}/secrets:/secrets:ro`,
    `--volume=${directory}/caddy:/caddy:ro`,
    '--entrypoint=/etc/coturn/start.sh',
    IMAGE,
  )
  const inspect = (format: string): Promise<string> => docker('inspect', '--format', format, id)
  const [address = '', address6 = ''] = (
    await inspect('{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}')
  ).split(' ')
  const port = Number(env['TURN_PORT' as keyof typeof env] ?? 3478)
  const coturn: Coturn = {
    address,
    address6,
    secret,
    write,
    log: () => docker('logs', id),
    exec: (...args) => docker('exec', id, ...args),
    async dropRelayed() {
      // The machine's own iptables, in the container's network: the image has none.
      const rule = ['iptables', '-A', 'INPUT', '-p', 'udp', '--dport', '49152:51199', '-j', 'DROP']
      const inside = ['--rm', '--cap-add=NET_ADMIN', `--network=container:${id}`, '--volume=/:/host:ro']
      await docker('run', ...inside, '--entrypoint=chroot', IMAGE, '/host', ...rule)
    },
    credentialsFor: (userId, ago) => credentialsFor(secret, userId, ago),
    connect: ({ transport = 'udp', ipv6 = false, host, ...rest } = {}) =>
      TurnClient.connect(
        { host: host ?? (ipv6 ? address6 : address), port: transport === 'tls' ? 5349 : port, transport },
        { credentials: coturn.credentialsFor('somebody'), ...rest },
      ),
    stop: async () => void (await docker('stop', id)),
    exitCode: async () => Number(await docker('wait', id)),
    async [Symbol.asyncDispose]() {
      await docker('rm', '--force', '--volumes', id)
      await rm(directory, { recursive: true, force: true })
    },
  }
  if (!options.fails) await untilAnswers(coturn)
  return coturn
}

async function untilAnswers(coturn: Coturn): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    const client = await coturn.connect({ timeout: 500 })
    const answers = await client.reflect().then(
      () => true,
      () => false,
    )
    client.close()
    if (answers) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const log = await coturn.log()
  await coturn[Symbol.asyncDispose]()
  throw new Error(`coturn doesn't answer:\n${log}`)
}

export interface Network extends AsyncDisposable {
  name: string
}

/** A network with IPv6, which Docker's own bridge hasn't. `--internal`: with no way out. */
export async function makeNetwork(...flags: string[]): Promise<Network> {
  const name = `maru-turn-${randomBytes(4).toString('hex')}`
  const nth = randomBytes(2).toString('hex')
  await docker('network', 'create', '--ipv6', `--subnet=2001:db8:${nth}::/64`, ...flags, name)
  return {
    name,
    [Symbol.asyncDispose]: async () => void (await docker('network', 'rm', name)),
  }
}

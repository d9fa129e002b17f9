/** docker-compose.yml under another name, on an address of this machine that nobody outside knows. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** As an office would have it: an address of a private network, which no authority in the world vouches for. */
export const ADDRESS = '10.213.7.1'
const BRIDGE = 'maru-e2e'
const PROJECT = 'maru-e2e'

export const SETTINGS = {
  DOMAIN: ADDRESS,
  CADDY_ADDRESS: ADDRESS,
  HTTP_PORT: '18080',
  HTTPS_PORT: '18443',
  TURN_PORT: '13478',
  TURN_TLS_PORT: '15349',
  TURN_MIN_PORT: '40000',
  TURN_MAX_PORT: '42047',
  TURN_LISTEN_IP: ADDRESS,
  REPLICAS: '3',
}
export const ORIGIN = `https://${ADDRESS}:${SETTINGS.HTTPS_PORT}`

/** Of what docker tells of a container, what the tests look at. */
export interface Container {
  Id: string
  Name: string
  State: { Running: boolean; Health?: { Status: string } }
  Config: { User: string; Env: string[]; Labels: Record<string, string> }
  HostConfig: {
    ReadonlyRootfs: boolean
    Memory: number
    CapDrop: string[] | null
    SecurityOpt: string[] | null
    RestartPolicy: { Name: string }
    NetworkMode: string
  }
}

/** Runs a program to its end. @throws with what it said, when it fails */
export async function run(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: root,
    env: { ...process.env, ...environment, ...env },
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

/** What makes `docker compose` mean this stack, in the project's own scripts too. */
const environment: Record<string, string> = {
  ...SETTINGS,
  COMPOSE_PROJECT_NAME: PROJECT,
  // Somebody's own .env has no say here.
  COMPOSE_ENV_FILES: '/dev/null',
}

export const docker = (...args: string[]): Promise<string> => run('docker', args)
export const compose = (...args: string[]): Promise<string> => docker('compose', ...args)

export class Stack {
  /** A home whose browser trusts this stack's authority. */
  readonly home: string

  private constructor(home: string) {
    this.home = home
  }

  /** Removes what an interrupted run has left, and gives the machine the stack's address. */
  static async prepare(): Promise<Stack> {
    await compose('down', '--volumes', '--remove-orphans')
    await run('ip', ['link', 'delete', BRIDGE]).catch(() => undefined)
    await run('ip', ['link', 'add', BRIDGE, 'type', 'bridge'])
    await run('ip', ['address', 'add', `${ADDRESS}/24`, 'dev', BRIDGE])
    await run('ip', ['link', 'set', BRIDGE, 'up'])
    return new Stack(await mkdtemp(join(tmpdir(), 'maru-compose-')))
  }

  /** Starts it, and answers when everything says that it is well. */
  async up(): Promise<void> {
    await compose('up', '--detach', '--build', '--wait')
  }

  /** As somebody in that office would do once: to trust the authority of their own server. */
  async trust(): Promise<void> {
    const certificate = join(this.home, 'root.crt')
    await writeFile(certificate, await this.rootCertificate())
    const store = join(this.home, '.pki/nssdb')
    await mkdir(store, { recursive: true })
    await run('certutil', ['-d', `sql:${store}`, '-N', '--empty-password'])
    await run('certutil', ['-d', `sql:${store}`, '-A', '-t', 'C,,', '-n', 'maru', '-i', certificate])
  }

  rootCertificate(): Promise<string> {
    return compose('exec', '-T', 'caddy', 'cat', '/data/caddy/pki/authorities/local/root.crt')
  }

  secret(): Promise<string> {
    return compose('exec', '-T', 'coturn', 'cat', '/secrets/turn-secret')
  }

  async containers(...services: string[]): Promise<Container[]> {
    const ids = (await compose('ps', '--all', '--quiet', ...services)).split('\n').filter(Boolean)
    return JSON.parse(await docker('inspect', ...ids)) as Container[]
  }

  /** The container of each replica that runs, by its instance. */
  async replicas(): Promise<Map<string, string>> {
    const running = (await this.containers('server')).filter(({ State }) => State.Running)
    const entries = await Promise.all(
      running.map(async ({ Id }) => {
        const ready = await inside(Id, '/readyz')
        return [(JSON.parse(ready) as { instance: string }).instance, Id] as const
      }),
    )
    return new Map(entries)
  }

  async dispose(): Promise<void> {
    await compose('down', '--volumes', '--remove-orphans')
    await run('ip', ['link', 'delete', BRIDGE])
    await rm(this.home, { recursive: true, force: true })
  }
}

/** What a server says on its internal port. */
export function inside(container: string, path: string): Promise<string> {
  const program = `fetch('http://127.0.0.1:3001${path}').then((answer) => answer.text()).then(console.log)`
  return docker('exec', container, 'node', '--eval', program)
}

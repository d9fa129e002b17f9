/** Network namespaces of one run, all named after it, so that whatever it leaves behind is found and removed. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'maru-nat-'

/** What this run's namespaces, containers and directories begin with. The main process sets it, its workers inherit it. */
export function runName(): string {
  return (process.env['MARU_NAT_RUN'] ??= `${PREFIX}${process.pid}`)
}

export const makeDirectory = (): string => mkdtempSync(join(tmpdir(), `${runName()}-`))

/** Runs a program to its end; throws with what it said. */
export function run(program: string, args: string[], input?: string): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    input: input ?? '',
  })
}

export class Namespace {
  readonly name: string

  private constructor(name: string) {
    this.name = name
  }

  static create(role: string): Namespace {
    const namespace = new Namespace(`${runName()}-${role}`)
    run('ip', ['netns', 'add', namespace.name])
    namespace.#start()
    return namespace
  }

  /** A container's, under a name of ours. */
  static ofProcess(role: string, pid: number): Namespace {
    const namespace = new Namespace(`${runName()}-${role}`)
    run('ip', ['netns', 'attach', namespace.name, String(pid)])
    namespace.#start()
    return namespace
  }

  #start(): void {
    // NATs are of IPv4; over IPv6 everybody would just meet.
    for (const which of ['all', 'default']) this.write(`/proc/sys/net/ipv6/conf/${which}/disable_ipv6`, '1')
  }

  /** `ip` within the namespace, a command a line. */
  ip(commands: string): void {
    run('ip', ['-n', this.name, '-batch', '-'], commands)
  }

  nft(rules: string): void {
    this.run('nft', ['-f', '-'], rules)
  }

  write(path: string, value: string): void {
    this.run('tee', [path], value)
  }

  run(program: string, args: string[], input?: string): string {
    return run('ip', this.inside(program, args), input)
  }

  /** The arguments of `ip` that run a program within. */
  inside(program: string, args: string[]): string[] {
    return ['netns', 'exec', this.name, program, ...args]
  }

  /** Starts a program that stays. */
  spawn(program: string, args: string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn('ip', this.inside(program, args), {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // A run that is interrupted disposes of nothing.
    const last = (): void => void child.kill('SIGKILL')
    process.once('exit', last)
    child.once('exit', () => process.removeListener('exit', last))
    return child
  }

  /** With every program that still runs within. */
  remove(): void {
    removeNamespace(this.name)
  }
}

/** Joins two namespaces by a cable. */
export function connect(one: [Namespace, device: string], other: [Namespace, device: string]): void {
  one[0].ip(`link add ${one[1]} type veth peer name ${other[1]} netns ${other[0].name}`)
}

function removeNamespace(name: string): void {
  const pids = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean)
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
  spawnSync('ip', ['netns', 'delete', name])
}

const listed = (program: string, args: string[]): string[] =>
  (spawnSync(program, args, { encoding: 'utf8' }).stdout ?? '')
    .split('\n')
    .flatMap((line) => line.match(/^maru-nat-\d+[\w-]*/) ?? [])

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Removes containers, namespaces and directories of this run, or of runs whose process is gone. */
export function removeAll(which: 'ours' | 'orphaned'): void {
  const isMeant = (name: string): boolean =>
    which === 'ours' ? name.startsWith(`${runName()}-`) : !isRunning(Number(/^maru-nat-(\d+)/.exec(name)![1]))
  const containers = listed('docker', ['ps', '-a', '--format', '{{.Names}}']).filter(isMeant)
  if (containers.length > 0) spawnSync('docker', ['rm', '-f', ...containers])
  for (const name of listed('ip', ['netns', 'list']).filter(isMeant)) removeNamespace(name)
  for (const name of readdirSync(tmpdir()))
    if (/^maru-nat-\d+-/.test(name) && isMeant(name))
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
}

/** Starts a real Redis for a test: in a container where Docker answers, else the `redis-server` of this machine. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'

export interface TestRedis {
  readonly url: string
  /** Of the local `redis-server`; undefined in a container. */
  readonly pid: number | undefined
  /** Stands still, as under SIGSTOP: connections stay open and nothing is answered. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Dies as under SIGKILL, and comes back on the same port, `afterMs` later, with what it had on disk. */
  restart(afterMs?: number): Promise<void>
  stop(): Promise<void>
}

export interface TestRedisOptions {
  port?: number
  /** Everything that was acknowledged survives `restart`. */
  durable?: boolean
  /** This machine's first, if it has one: a measurement wants no container's network between. */
  local?: boolean
}

type Settings = Required<Pick<TestRedisOptions, 'port' | 'durable'>>

const IMAGE = 'redis:8'

export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const settings = { port: options.port ?? (await freePort()), durable: options.durable ?? false }
  const problems: string[] = []
  const ways = options.local ? [startProcess, startContainer] : [startContainer, startProcess]
  for (const start of ways) {
    try {
      const redis = await start(settings)
      await untilAnswers(redis.url)
      return redis
    } catch (error) {
      problems.push(`${start.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(
    ['These tests need a real Redis: start Docker, or install redis-server.', ...problems].join('\n  '),
  )
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const flagsOf = (durable: boolean): string[] =>
  durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--save', '', '--appendonly', 'no']

async function startContainer({ port, durable }: Settings): Promise<TestRedis> {
  // The reaper is one more image to pull. stop() removes the container; set it to `false` to have the reaper.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true'
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers')
  const runtime = await getContainerRuntimeClient()
  const started = await new GenericContainer(IMAGE)
    .withExposedPorts({ container: 6379, host: port })
    // An image of another make than the official one may answer its own host only.
    .withCommand(['redis-server', '--protected-mode', 'no', ...flagsOf(durable)])
    .start()
  const container = runtime.container.getById(started.getId())
  const url = `redis://${started.getHost()}:${port}`
  return {
    url,
    pid: undefined,
    async pause() {
      await container.pause()
    },
    async resume() {
      await container.unpause()
    },
    async restart(afterMs = 0) {
      await container.kill()
      await pause(afterMs)
      await container.start()
      await untilAnswers(url)
    },
    async stop() {
      await started.stop()
    },
  }
}

async function startProcess({ port, durable }: Settings): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'maru-redis-'))
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, ...flagsOf(durable)]
  const url = `redis://127.0.0.1:${port}`
  let child = await spawnRedis(flags)

  async function end(): Promise<void> {
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    url,
    get pid() {
      return child.pid
    },
    async pause() {
      child.kill('SIGSTOP')
    },
    async resume() {
      child.kill('SIGCONT')
    },
    async restart(afterMs = 0) {
      await end()
      await pause(afterMs)
      child = await spawnRedis(flags)
      await untilAnswers(url)
    },
    async stop() {
      await end()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function spawnRedis(flags: string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', flags, { stdio: 'ignore' })
  // A run that is interrupted disposes of nothing.
  const last = (): void => void child.kill('SIGKILL')
  process.once('exit', last)
  child.once('exit', () => process.removeListener('exit', last))
  await once(child, 'spawn')
  return child
}

async function untilAnswers(url: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 })
  redis.on('error', () => undefined)
  const answered = redis.ping()
  try {
    await Promise.race([
      answered,
      pause(30_000, undefined, { ref: false }).then(() => Promise.reject(new Error('does not answer'))),
    ])
  } finally {
    answered.catch(() => undefined)
    redis.disconnect()
  }
}

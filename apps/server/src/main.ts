/** Starts the server from the environment, and drains it when it is asked to stop. */
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { DEFAULT_TIMES } from './backend/backend.ts'
import { createMemoryBackend } from './backend/memory.ts'
import { createRedisBackend } from './backend/redis.ts'
import { type Env, EnvError, readEnv } from './env.ts'
import type { Lan } from './lan/lan.ts'
import { createMetrics } from './metrics.ts'
import { keepRecordSecret } from './record-secret.ts'
import { type MaruServer, startServer } from './server.ts'

/**
 * Milliseconds that people get to move to another replica; without a shared store there is none to move to. Docker
 * kills whoever isn't done after 10 s.
 */
const PATIENCE = { redis: 8_000, memory: 300 } as const

function fail(line: string): never {
  process.stderr.write(`maru: ${line}\n`)
  process.exit(1)
}

function environment(): Env {
  try {
    return readEnv()
  } catch (error) {
    if (error instanceof EnvError) fail(error.message)
    throw error
  }
}

function whyNot(error: unknown, env: Env): string {
  const code = (error as NodeJS.ErrnoException).code
  // Of two ports, the one that the system names.
  const port = (error as { port?: number }).port ?? env.port
  const name = port === env.internalPort ? 'INTERNAL_PORT' : 'PORT'
  if (code === 'EADDRINUSE')
    return `port ${port} is taken; stop what listens there, or set ${name}=${port + 1}`
  if (code === 'EACCES') return `port ${port} is reserved for the system's own services; set ${name}=3000`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST=${env.host} is no address of this computer`
  throw error
}

/** Loaded where it is wanted only: other servers need no certificates of their own. */
const loadLan = async () => ({
  ...(await import('./lan/lan.ts')),
  ...(await import('./lan/announcement.ts')),
})

const lanOptions = (env: Env) => ({
  folder: env.lanFolder ?? fileURLToPath(new URL('../../../.maru/lan', import.meta.url)),
  host: env.host,
})

async function localNetwork(env: Env): Promise<Lan | undefined> {
  if (!env.lan) return undefined
  const { LanError, openLan } = await loadLan()
  try {
    return openLan(lanOptions(env))
  } catch (error) {
    if (error instanceof LanError) fail(error.message)
    throw error
  }
}

/** Says where to go, now and after a change of network. */
async function announceLan(server: MaruServer, lan: Lan): Promise<void> {
  const { announcement, watchLan } = await loadLan()
  const say = (now: Lan): void => {
    process.stdout.write(announcement(now, server.port, process.stdout.isTTY))
  }
  say(lan)
  watchLan(lanOptions(env), (now) => {
    server.useLan(now)
    say(now)
  })
}

const env = environment()
const lan = await localNetwork(env)
// Written at once: what pino would write at the end it tries for ever where nobody reads it any more, and never ends.
const logger = pino({ level: env.logLevel }, pino.destination({ sync: true }))
const times = {
  ...DEFAULT_TIMES,
  lease: env.leaseMs,
  closingLease: Math.min(DEFAULT_TIMES.closingLease, env.leaseMs / 2),
}
const metrics = createMetrics()
const backend = env.redisUrl
  ? createRedisBackend({ url: env.redisUrl, times, logger, counts: metrics })
  : createMemoryBackend({ times, logger })

/** Undefined: what the replicas agree on. */
function recordSecrets(): string[] | undefined {
  if (env.recordSecrets.length > 0) return env.recordSecrets
  if (env.redisUrl) return undefined
  const { secret, problem } = keepRecordSecret(fileURLToPath(new URL('../../../.maru', import.meta.url)))
  if (problem !== undefined) logger.warn(problem)
  return [secret]
}

const server: MaruServer = await startServer({
  ...env,
  backend,
  times,
  logger,
  metrics,
  lan,
  recordSecrets: recordSecrets(),
  pagesDirectory: fileURLToPath(new URL('../../pwa/dist', import.meta.url)),
}).catch((error: unknown) => fail(whyNot(error, env)))

if (lan) {
  await announceLan(server, lan)
} else if (process.stdout.isTTY) {
  process.stdout.write(
    `\n  Maru is ready: http://localhost:${server.port}\n` +
      '  Plain http works on this computer only: for the phones around, npm start -- --lan.\n\n',
  )
}

let stopping = false
async function stop(): Promise<void> {
  // A second Ctrl+C is from somebody who doesn't want to wait.
  if (stopping) process.exit(1)
  stopping = true
  await server.drain(PATIENCE[backend.kind])
  await backend.close()
  process.exit(0)
}
process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())

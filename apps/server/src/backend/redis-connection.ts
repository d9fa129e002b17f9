/** The connection that carries out scripts: each answers within seconds, or says `unavailable`. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { RoomError } from '@maru/api-types'
import { Redis, type RedisOptions } from 'ioredis'
import type { BackendCounts } from './counts.ts'
import type { KeyedLimit } from './keyed-limit.ts'
import type { BackendLogger } from './listeners.ts'
import { makeRedisLimit, type RedisLimitOptions } from './redis-limit.ts'

/** What a script answers: numbers travel as text. */
export type Reply = (string | Reply)[]

export interface Script {
  readonly source: string
  readonly sha: string
}

interface ScriptCall {
  keys: string[]
  args: string[]
}

export interface RedisConnection {
  run(script: Script, call: ScriptCall): Promise<Reply>
  /** A few hundred in one write, so that each answer comes in time however many there are; fails as a whole. */
  runAll(script: Script, calls: ScriptCall[]): Promise<Reply[]>
  makeLimit(options: RedisLimitOptions): KeyedLimit
  backSince(): number
  ping(): Promise<void>
  close(): void
}

/** Milliseconds after which a command counts as unanswered. */
export const COMMAND_TIMEOUT = 1_500

/** Calls in one write. */
const BATCH = 256

/** What both connections have in common. */
export const CONNECTION_OPTIONS = {
  connectTimeout: 2_000,
  commandTimeout: COMMAND_TIMEOUT,
  // A little over the command's: a network that has fallen silent is left for a new connection.
  socketTimeout: 2_000,
  // It goes on trying for ever, quickly at first; the jitter keeps replicas from coming back in step.
  retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 4), 800) + Math.random() * 200,
} as const satisfies RedisOptions

/** A script of `lua/`, behind the texts that it shares with others. */
export function loadScript(...names: string[]): Script {
  const texts = names.map((name) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8'))
  const source = texts.join('\n')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/** What is asked in one turn of the event loop goes out in one write: a system call costs more than many commands. */
class GatheringRedis extends Redis {
  #gathering = false

  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    if (!this.#gathering && this.status === 'ready') {
      this.#gathering = true
      const { stream } = this
      stream.cork()
      setImmediate(() => {
        this.#gathering = false
        stream.uncork()
      })
    }
    return super.sendCommand(...args)
  }
}

export interface ConnectOptions {
  logger?: BackendLogger | undefined
  counts?: BackendCounts | undefined
}

export function connectRedis(url: string, { logger, counts }: ConnectOptions = {}): RedisConnection {
  // In-flight commands run again after a reconnect, and timed-out ones may still run: every script allows it.
  const redis = new GatheringRedis(url, { ...CONNECTION_OPTIONS, maxRetriesPerRequest: 1 })
  reportTransitions(redis, { connection: 'commands', ...(logger && { logger }) })
  let backSince = -Infinity
  redis.once('ready', () => redis.on('ready', () => (backSince = performance.now())))

  async function run(script: Script, { keys, args }: ScriptCall): Promise<Reply> {
    try {
      return await timed(
        async () => (await redis.evalsha(script.sha, keys.length, ...keys, ...args)) as Reply,
      )
    } catch (error) {
      if (!isUnknownScript(error)) throw translate(error)
    }
    // The first time, and after a restart of Redis. EVAL also keeps the script for the next EVALSHA.
    try {
      return await timed(
        async () => (await redis.eval(script.source, keys.length, ...keys, ...args)) as Reply,
      )
    } catch (error) {
      throw translate(error)
    }
  }

  /** Reports how long a command took that was answered, and that one wasn't. */
  async function timed<T>(command: () => Promise<T>): Promise<T> {
    const started = performance.now()
    try {
      const reply = await command()
      counts?.storeAnswered((performance.now() - started) / 1_000)
      return reply
    } catch (error) {
      if (translate(error) instanceof RoomError) counts?.storeFailed()
      throw error
    }
  }

  async function runBatch(script: Script, calls: ScriptCall[]): Promise<Reply[]> {
    const pipeline = redis.pipeline()
    for (const { keys, args } of calls) pipeline.evalsha(script.sha, keys.length, ...keys, ...args)
    const results = await timed(() => pipeline.exec()).catch((error: unknown) =>
      Promise.reject(translate(error)),
    )
    return Promise.all(
      calls.map(async (call, index) => {
        const [error, reply] = results?.[index] ?? [new Error('no answer')]
        if (!error) return reply as Reply
        if (isUnknownScript(error)) return run(script, call)
        throw translate(error)
      }),
    )
  }

  return {
    run,
    async runAll(script, calls) {
      const replies: Reply[] = []
      for (let first = 0; first < calls.length; first += BATCH) {
        replies.push(...(await runBatch(script, calls.slice(first, first + BATCH))))
      }
      return replies
    },
    makeLimit: (options) => makeRedisLimit(redis, options),
    backSince: () => backSince,
    async ping() {
      await timed(() => redis.ping()).catch((error: unknown) => Promise.reject(translate(error)))
    },
    close: () => redis.disconnect(),
  }
}

/** One line when it comes up and one when it goes down, however often it tries in between. */
export function reportTransitions(
  redis: Redis,
  { connection, logger }: { connection: string; logger?: BackendLogger },
): void {
  let up: boolean | undefined
  let cause: string | undefined
  redis.on('error', (error: NodeJS.ErrnoException) => (cause = error.code ?? error.message))
  redis.on('ready', () => {
    up = true
    logger?.info({ connection }, 'redis is connected')
  })
  redis.on('close', () => {
    // `end` is our own close().
    if (up === false || redis.status === 'end') return
    up = false
    logger?.warn({ connection, cause }, 'redis is not connected')
  })
}

const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT')

/** Answers of a Redis that can't do its work now; any other error reply is a bug in a script. */
const OUT_OF_ORDER =
  /^(LOADING|BUSY|READONLY|MASTERDOWN|MISCONF|OOM|NOAUTH|WRONGPASS|CLUSTERDOWN|TRYAGAIN|NOREPLICAS)\b/

/** ioredis' errors carry the command's arguments, which are people's words: only the message goes on. */
export function translate(error: unknown): Error {
  if (error instanceof RoomError) return error
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  if (name === 'ReplyError' && !OUT_OF_ORDER.test(message)) return new Error(`Redis: ${message}`)
  return new RoomError('unavailable', { cause: `${name}: ${message}` })
}

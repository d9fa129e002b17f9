/** What is measured side by side: ways to enter a room and to send a signal to one other member of it. */
import type { Signal } from '@maru/api-types'
import { startRedis, type TestRedis } from '../../apps/server/src/backend/start-redis.ts'
import { askRedis } from '../soak/ask-redis.ts'
import { type ProbedReplica, startProbedReplica } from '../support/probed-replica.ts'

export interface Contender {
  readonly name: string
  readonly backend: 'memory' | 'redis'
  /** What it does for a message, for whoever reads a ratio. */
  readonly does: string
  /** What one server is started with. */
  readonly server: { main?: string; env?: Record<string, string> }
  /** @param port of any of the servers */
  makeRoom(port: number): Promise<string>
  /** Resolves once it is inside, with all who were. */
  enter(seat: Seat): Promise<Member>
}

export interface Seat {
  roomId: string
  port: number
  onSignal: (signal: Signal) => void
}

export interface Member {
  readonly id: string
  /** Everyone inside when it came, itself included or not. */
  readonly found: number
  /** From asking to be let in to having been told who is inside, the connection not in it. */
  readonly joinMs: number
  /** Resolves when the server has acknowledged it; where it never does, when it was handed to the socket. */
  say(to: string, signal: Signal): Promise<void>
  close(): void
}

/** A contender's servers that run, and the Redis that they have in common. */
export interface Stand extends AsyncDisposable {
  readonly contender: Contender
  readonly servers: ProbedReplica[]
  /** So far, of all servers and of Redis, milliseconds. */
  cpu(): Promise<{ servers: number; redis: number }>
}

export async function startStand(contender: Contender, replicas: number): Promise<Stand> {
  await using starting = new AsyncDisposableStack()
  let redis: TestRedis | undefined
  if (contender.backend === 'redis') {
    redis = await startRedis({ local: true })
    starting.defer(() => redis?.stop())
  }
  const servers: ProbedReplica[] = []
  const env = { ...contender.server.env, PROBE_LAG: 'off' }
  for (let i = 0; i < replicas; i++)
    servers.push(starting.use(await startProbedReplica({ ...contender.server, env, redisUrl: redis?.url })))
  const all = starting.move()
  return {
    contender,
    servers,
    async cpu() {
      const readings = await Promise.all(servers.map((server) => server.read()))
      return {
        servers: readings.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
        redis: redis ? await redisCpu(redis.url) : 0,
      }
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

const ASK_CPU = ['user', 'sys'].map((kind) => `string.match(cpu,'used_cpu_${kind}:([%d.]+)')`).join("..' '..")

async function redisCpu(url: string): Promise<number> {
  const said = await askRedis(url, `EVAL "local cpu = redis.call('INFO','cpu') return {ok=${ASK_CPU}}" 0`)
  return said.split(' ').reduce((sum, seconds) => sum + Number(seconds) * 1_000, 0)
}

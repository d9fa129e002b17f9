/** What a load runs on: one real Redis that keeps what it acknowledged, and replicas that can be killed and looked into. */
import { startRedis, type TestRedis } from '../../apps/server/src/backend/start-redis.ts'
import { type ProbedReplica, type ProbeReading, startProbedReplica } from '../support/probed-replica.ts'

export interface Stage extends AsyncDisposable {
  readonly redis: TestRedis
  readonly replicas: ProbedReplica[]
  /** Of those that serve. */
  ports(): number[]
  read(options?: { collect?: boolean }): Promise<ProbeReading[]>
  /** SIGKILL, at once, until `restart`. */
  kill(which: number[]): Promise<void>
  /** SIGTERM, until `restart`: it drains. */
  stop(which: number): Promise<void>
  /** Starts what was killed or stopped, on the ports that they had. */
  restart(): Promise<void>
}

export async function startStage(count: number, env: Record<string, string> = {}): Promise<Stage> {
  await using starting = new AsyncDisposableStack()
  const redis = await startRedis({ durable: true })
  starting.defer(() => redis.stop())
  const start = (port?: number): Promise<ProbedReplica> =>
    startProbedReplica({ redisUrl: redis.url, env, ...(port !== undefined && { port }) })
  const replicas = await Promise.all(Array.from({ length: count }, async () => starting.use(await start())))
  starting.move()
  const down = new Set<number>()
  const up = (): ProbedReplica[] => replicas.filter((_, i) => !down.has(i))
  return {
    redis,
    replicas,
    ports: () => up().map(({ port }) => port),
    read: (options) => Promise.all(up().map((replica) => replica.read(options))),
    async kill(which) {
      for (const i of which) down.add(i)
      await Promise.all(which.map((i) => replicas[i]!.kill()))
    },
    async stop(which) {
      down.add(which)
      await replicas[which]!.stop()
    },
    async restart() {
      await Promise.all(
        [...down].map(async (i) => {
          replicas[i] = await start(replicas[i]!.port)
          down.delete(i)
        }),
      )
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(up().map((replica) => replica.kill()))
      await redis.stop()
    },
  }
}

/** A replica in a process of its own that can be looked into, behind a proxy's trust so that clients have addresses. */
import { fileURLToPath } from 'node:url'
import { freePort } from '../../apps/server/src/backend/start-redis.ts'
import { type Replica, startReplica } from '../../e2e/support/server.ts'

/** What the probe answers. */
export interface ProbeReading {
  /** User and system time since the process began, milliseconds. */
  cpuMs: number
  /** Bytes. */
  rss: number
  heap: number
  external: number
  /** What keeps the process going, by Node's names: sockets, timers, requests. */
  handles: Record<string, number>
  /** How late the event loop was since the last reading, milliseconds; not with `PROBE_LAG=off`. */
  lagP99: number
  lagMax: number
}

export interface ProbedReplica extends Replica {
  read(options?: { collect?: boolean }): Promise<ProbeReading>
  /** What `/metrics` counts, by name (those without labels). */
  metrics(): Promise<Map<string, number>>
}

export interface ProbedReplicaOptions {
  /** Instead of Maru's server, from the checkout's root: a rival's, which says at `/readyz` that it serves. */
  main?: string
  redisUrl: string | undefined
  /** To come back on the same address. */
  port?: number
  env?: Record<string, string>
}

export async function startProbedReplica(options: ProbedReplicaOptions): Promise<ProbedReplica> {
  const { main, redisUrl, port, env } = options
  const probePort = await freePort()
  const internalPort = await freePort()
  const replica = await startReplica({
    ...(main !== undefined && { main }),
    ...(port !== undefined && { port }),
    env: {
      LOG_LEVEL: 'warn',
      // Nobody's limits are lifted: each client says who it is as it would behind a proxy.
      TRUSTED_PROXIES: 'loopback',
      ...(main === undefined && { INTERNAL_PORT: String(internalPort) }),
      PROBE_PORT: String(probePort),
      NODE_OPTIONS: `--expose-gc --import ${fileURLToPath(new URL('probe.ts', import.meta.url))}`,
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
      ...env,
    },
  })
  return {
    ...replica,
    async read({ collect = false } = {}) {
      const response = await fetch(`http://127.0.0.1:${probePort}/${collect ? 'collected' : ''}`)
      return (await response.json()) as ProbeReading
    },
    async metrics() {
      const text = await (await fetch(`http://127.0.0.1:${internalPort}/metrics`)).text()
      return new Map(
        [...text.matchAll(/^(\w+) ([\d.e+-]+)$/gm)].map(([, name, value]) => [name!, Number(value)]),
      )
    },
  }
}

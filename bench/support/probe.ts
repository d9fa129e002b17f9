/**
 * Loaded into a server by `--import`, so that a measurement can look into the process while nothing of it is in the
 * server's own code: memory after a collection, open handles, CPU time and how long the event loop stood still.
 */
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ProbeReading } from './probed-replica.ts'

const RESOLUTION = 5

// Its timer takes nearly 2 % of a core: not while the CPU of a quiet server is what is measured.
const delay =
  process.env['PROBE_LAG'] === 'off' ? undefined : monitorEventLoopDelay({ resolution: RESOLUTION })
delay?.enable()

/** The histogram holds the time between two turns of a timer, which is its own interval where nothing is late. */
const lateness = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION)

function read(collect: boolean): ProbeReading {
  // Twice: what the first one lets go of through finalizers goes with the second.
  if (collect) for (let i = 0; i < 2; i++) globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const kinds: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1
  const reading = {
    cpuMs: (user + system) / 1_000,
    rss,
    heap: heapUsed,
    external,
    handles: kinds,
    lagP99: delay ? lateness(delay.percentile(99)) : Number.NaN,
    lagMax: delay ? lateness(delay.max) : Number.NaN,
  }
  delay?.reset()
  return reading
}

const server = createServer((request, response) => {
  response.setHeader('Connection', 'close').end(JSON.stringify(read(request.url === '/collected')))
})
server.listen(Number(process.env['PROBE_PORT']), '127.0.0.1')
server.unref()

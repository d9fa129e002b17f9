/** A crowd in a process of its own, so that what it costs isn't counted as the servers': calls come in over IPC. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Crowd, type CrowdOptions } from './crowd.ts'

export interface Call {
  id: number
  method: string
  args: unknown[]
}

export interface Answer {
  id: number
  result?: unknown
  error?: string
}

const RESOLUTION = 5
const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
delay.enable()

const crowd = new Crowd(JSON.parse(process.argv[2] ?? '{}') as CrowdOptions)

/** What the parent may ask: the crowd's methods, and how late this process' own event loop was since the last time. */
const methods = {
  setTargets: (ports: number[]) => crowd.setTargets(ports),
  makeRooms: () => crowd.makeRooms(),
  enter: (atOnce: number) => crowd.enter(atOnce),
  talk: (options: Parameters<Crowd['talk']>[0]) => crowd.talk(options),
  hush: () => crowd.hush(),
  settle: (withinMs: number) => crowd.settle(withinMs),
  takeReturns: () => crowd.takeReturns(),
  take: () => crowd.take(),
  cut: (share: number) => crowd.cut(share),
  leave: () => crowd.leave(),
  judge: () => crowd.judge(),
  lag: () => {
    const late = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION)
    delay.reset()
    return late
  },
}
export type CrowdMethods = typeof methods

process.on('message', ({ id, method, args }: Call) => {
  const run = async (): Promise<unknown> =>
    (methods[method as keyof CrowdMethods] as (...all: unknown[]) => unknown)(...args)
  run().then(
    (result) => process.send?.({ id, result } satisfies Answer),
    (error: unknown) => process.send?.({ id, error: String(error) } satisfies Answer),
  )
})
// Nobody left to measure for.
process.on('disconnect', () => process.exit(0))

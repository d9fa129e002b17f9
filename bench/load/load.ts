/** `npm run bench -- load`: rooms full of people over 1, 2 and 3 replicas on one Redis, steady, and all of them back at once. */
import { machine, type Report } from '../report.ts'
import { type Crowds, startCrowds } from './crowds.ts'
import type { LoadOptions } from './options.ts'
import { type Stage, startStage } from './stage.ts'
import { percentile, sum, type Tally } from './tally.ts'

/** Joins that are under way at a time, in each crowd. */
const AT_ONCE = 16
/** Each member says something that often, and somebody in each room makes way for a newcomer. Milliseconds. */
const CHAT_MS = 2_000
const CHURN_MS = 4_000
/** Far beyond the promise of 5 s: who isn't back by then was lost, and the report says so. */
const BACK_WITHIN_MS = 60_000

/** By name, in the order of the report. */
type Figures = Record<string, string | number>

interface Run extends LoadOptions {
  stage: Stage
  crowds: Crowds
}

const round = (value: number): number =>
  Math.abs(value) < 10 ? Math.round(value * 100) / 100 : Math.round(value)
const spread = (values: number[]): string =>
  values.length === 0 ? '–' : [percentile(values, 0.5), percentile(values, 0.99)].map(round).join(' / ')

interface Measured {
  tally: Tally
  /** Of all servers, milliseconds. */
  cpuMs: number
  /** Of the one that was the latest. */
  lagP99: number
  /** From the beginning to the end of the work, without the waiting for the last acknowledgements. */
  ms: number
}

/** Does something, and tells what it cost the servers until all of it was acknowledged. */
async function measure({ stage, crowds }: Run, work: () => Promise<unknown>): Promise<Measured> {
  await crowds.ask('take')
  const before = await stage.read()
  const began = performance.now()
  await work()
  const ms = performance.now() - began
  await crowds.ask('settle', BACK_WITHIN_MS)
  const after = await stage.read()
  return {
    tally: sum(await crowds.ask('take')),
    cpuMs: after.reduce((total, { cpuMs }, i) => total + cpuMs - before[i]!.cpuMs, 0),
    lagP99: Math.max(...after.map(({ lagP99 }) => lagP99)),
    ms,
  }
}

async function joining(run: Run, emptyRss: number): Promise<Figures> {
  await run.crowds.ask('makeRooms')
  const { tally, cpuMs, lagP99, ms } = await measure(run, () => run.crowds.ask('enter', AT_ONCE))
  const idle = await run.stage.read({ collect: true })
  const rss = idle.reduce((total, reading) => total + reading.rss, 0)
  return {
    'joins/s': round((tally.joins / ms) * 1_000),
    'join → snapshot, p50 / p99 ms': spread(tally.joinMs),
    'offer or answer → heard, p50 / p99 ms': spread(tally.deliveryMs),
    'messages per join': round(tally.said / tally.joins),
    'server CPU per join with these, ms': round(cpuMs / tally.joins),
    'event-loop lag while joining, p99 ms': round(lagP99),
    'RSS per idle member, KB': round((rss - emptyRss) / 1_000 / tally.joins),
  }
}

async function talking(run: Run): Promise<Figures> {
  const ms = run.seconds * 1_000
  const steady = await measure(run, () => run.crowds.ask('talk', { ms, chatMs: CHAT_MS, churnMs: 0 }))
  const talk = { ms: ms / 2, chatMs: CHAT_MS, churnMs: CHURN_MS }
  const churning = await measure(run, () => run.crowds.ask('talk', talk))
  return {
    'chat messages/s': round((steady.tally.said / steady.ms) * 1_000),
    'chat deliveries/s': round((steady.tally.heard / steady.ms) * 1_000),
    'chat said → heard, p50 / p99 ms': spread(steady.tally.deliveryMs),
    'server CPU per chat message, ms': round(steady.cpuMs / steady.tally.said),
    'event-loop lag while chatting, p99 ms': round(steady.lagP99),
    'newcomers/s while churning': round((churning.tally.joins / churning.ms) * 1_000),
    'their join → snapshot, p50 / p99 ms': spread(churning.tally.joinMs),
    'said → heard while churning, p50 / p99 ms': spread(churning.tally.deliveryMs),
  }
}

/** Kills servers, starts them again, and waits until everybody is back. */
async function herd({ stage, crowds }: Run, which: number[], name: string): Promise<Figures> {
  await crowds.ask('take')
  await crowds.ask('takeReturns')
  const began = performance.now()
  await stage.kill(which)
  if (stage.ports().length > 0) await crowds.ask('setTargets', stage.ports())
  await stage.restart()
  const awayMs = performance.now() - began
  await crowds.ask('setTargets', stage.ports())
  await crowds.ask('settle', BACK_WITHIN_MS)
  const returns = await crowds.ask('takeReturns')
  const backMs = returns.flatMap((one) => one.backMs)
  const { refused, ended, expired, resets } = sum(await crowds.ask('take'))
  const lag = await stage.read()
  const refusals = Object.entries(refused).map(([why, n]) => `${n} × ${why}`)
  return {
    [`${name}: killed for, ms`]: round(awayMs),
    [`${name}: came back`]: backMs.length,
    [`${name}: back after, p50 / p99 / max ms`]: `${spread(backMs)} / ${round(Math.max(0, ...backMs))}`,
    [`${name}: refused for now`]: refusals.join(', ') || 0,
    [`${name}: not back`]: returns.reduce((total, { away }) => total + away, Object.keys(ended).length),
    [`${name}: presences that expired / resets`]: `${expired} / ${resets}`,
    [`${name}: event-loop lag, p99 ms`]: round(Math.max(...lag.map(({ lagP99 }) => lagP99))),
  }
}

async function runOn(replicas: number, options: LoadOptions): Promise<Figures> {
  await using stage = await startStage(replicas)
  await using crowds = startCrowds(options)
  const run = { ...options, stage, crowds }
  await crowds.ask('setTargets', stage.ports())
  const empty = await stage.read({ collect: true })
  const emptyRss = empty.reduce((total, { rss }) => total + rss, 0)
  const figures = { ...(await joining(run, emptyRss)), ...(await talking(run)) }
  await crowds.ask('lag')
  if (replicas > 1) Object.assign(figures, await herd(run, [0], 'one killed'))
  Object.assign(
    figures,
    await herd(
      run,
      stage.replicas.map((_, i) => i),
      'all killed',
    ),
  )
  const verdicts = await crowds.ask('judge')
  const total = (key: 'acknowledged' | 'lost' | 'twice' | 'disordered'): number =>
    verdicts.reduce((all, verdict) => all + verdict[key], 0)
  return {
    ...figures,
    'chat acknowledged': total('acknowledged'),
    'of these lost / twice / out of order': `${total('lost')} / ${total('twice')} / ${total('disordered')}`,
    "clients' own event-loop lag, p99 ms": round(Math.max(...(await crowds.ask('lag')))),
  }
}

export async function load(options: LoadOptions): Promise<Report> {
  const { rooms, members, replicas } = options
  const columns: [string, Figures][] = []
  for (const count of replicas)
    columns.push([`${count} replica${count === 1 ? '' : 's'}`, await runOn(count, options)])
  // Of several replicas one can be killed too: their names come in the right order.
  const names = [...new Set(columns.toReversed().flatMap(([, figures]) => Object.keys(figures)))]
  return {
    bench: 'load',
    what:
      `${rooms} rooms × ${members} people, each newcomer negotiating with all inside (offer 10.9 KB, answer 8.2 KB, ` +
      `8 candidates each way), then chat every ${CHAT_MS / 1_000} s each; servers, Redis and clients on one machine.`,
    machine: machine(),
    rows: names.map((figure) => ({
      figure,
      ...Object.fromEntries(columns.map(([column, figures]) => [column, figures[figure] ?? ''])),
    })),
  }
}

/** `npm run soak`: people come and go while everything fails in turn; in the end nothing is lost and nothing has grown. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Crowds, startCrowds } from '../load/crowds.ts'
import { type Stage, startStage } from '../load/stage.ts'
import { percentile, sum } from '../load/tally.ts'
import { countInside, countRoomKeys } from './ask-redis.ts'
import { FAULTS } from './faults.ts'
import { growthOf, type Sample } from './growth.ts'

const ROOMS = 20
const MEMBERS = 5
const REPLICAS = 3
/** Shorter than in production: a ghost is then found within the shortest soak too. */
const LEASE_MS = 5_000
const CHAT_MS = 1_500
const CHURN_MS = 4_000
const BETWEEN_FAULTS_MS = 5_000
/** A ghost's and an empty room's last moments are over by then. */
const EMPTY_WITHIN_MS = 30_000

/**
 * What flat means: by the straight line through all samples after the first fifth of the time, memory after a
 * collection grows by no more than this in the whole run. A kilobyte kept for each newcomer would be more.
 */
const HEAP_GROWTH = 6e6
/** Rooms and people stay as many, so keys do: those that a room has or hasn't, depending on what was said last. */
const KEYS_GROWTH = ROOMS
/** What Node itself opens now and then. */
const HANDLES_MORE = 3

interface Check {
  name: string
  ok: boolean
  found: string
}

function readMinutes(): number {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
  const minutes = Number(values.minutes)
  if (minutes >= 0.5 && minutes <= 600) return minutes
  throw new RangeError(`--minutes must be a number from 0.5 to 600, and "${values.minutes}" is not`)
}

const handlesOf = (handles: Record<string, number>): number =>
  Object.values(handles).reduce((a, b) => a + b, 0)
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

async function takeSample(stage: Stage, at: number): Promise<Sample> {
  const { heap, handles } = await stage.replicas[0]!.read({ collect: true })
  return { at, heap, handles: handlesOf(handles), keys: await countRoomKeys(stage.redis.url) }
}

/** Lets things fail until the time is over and each has failed; answers how often each did. */
async function failUntil(end: number, { stage, crowds }: World): Promise<Map<string, number>> {
  const happened = new Map(FAULTS.map(({ name }) => [name, 0]))
  for (let i = 0; i < FAULTS.length || performance.now() < end; i++) {
    await sleep(BETWEEN_FAULTS_MS)
    const { name, happen } = FAULTS[i % FAULTS.length]!
    await happen(stage, crowds)
    happened.set(name, happened.get(name)! + 1)
  }
  // What the last one did is part of it.
  await sleep(BETWEEN_FAULTS_MS)
  await crowds.ask('hush')
  return happened
}

async function sampleUntil(over: AbortSignal, stage: Stage, every: number): Promise<Sample[]> {
  const samples: Sample[] = []
  const began = performance.now()
  for (;;) {
    await sleep(every, undefined, { signal: over }).catch(() => undefined)
    if (over.aborted) return samples
    // In the middle of a fault Redis may not answer.
    const sample = await takeSample(stage, performance.now() - began).catch(() => undefined)
    if (!sample) continue
    samples.push(sample)
    const { at, heap, handles, keys } = sample
    const minutes = (at / 60_000).toFixed(1).padStart(5)
    console.log(`${minutes} min  heap ${megabytes(heap)}  ${handles} handles  ${keys} keys`)
  }
}

/** Everybody leaves. What is still there half a minute later, by the servers' own counts and by Redis. */
async function emptyOut({ stage, crowds }: World): Promise<{ left: string; inside: number }> {
  await crowds.ask('leave')
  const deadline = performance.now() + EMPTY_WITHIN_MS
  for (;;) {
    const counts = await Promise.all(stage.replicas.map((replica) => replica.metrics()))
    const total = (name: string): number =>
      counts.reduce((all, metrics) => all + (metrics.get(name) ?? Number.NaN), 0)
    const [rooms, members, sockets] = ['maru_rooms', 'maru_members', 'maru_sockets'].map(total)
    const inside = await countInside(stage.redis.url)
    const left = `${rooms} rooms followed, ${members} members, ${sockets} sockets`
    if ((rooms === 0 && members === 0 && sockets === 0 && inside === 0) || performance.now() > deadline)
      return { left, inside }
    await sleep(500)
  }
}

interface World {
  stage: Stage
  crowds: Crowds
}

async function soak(minutes: number): Promise<Check[]> {
  await using stage = await startStage(REPLICAS, { LEASE_MS: String(LEASE_MS) })
  await using crowds = startCrowds({ rooms: ROOMS, members: MEMBERS })
  const world = { stage, crowds }
  await crowds.ask('setTargets', stage.ports())
  await crowds.ask('makeRooms')
  const empty = await takeSample(stage, 0)
  await crowds.ask('enter', 16)

  const ms = minutes * 60_000
  const over = new AbortController()
  const failing = failUntil(performance.now() + ms - BETWEEN_FAULTS_MS, world)
  const sampling = sampleUntil(over.signal, stage, Math.max(2_000, ms / 40))
  // Where everything takes longer, the last fault may come after the time.
  await crowds.ask('talk', { ms: 2 * ms + 120_000, chatMs: CHAT_MS, churnMs: CHURN_MS })
  over.abort()
  const [faults, samples] = await Promise.all([failing, sampling])
  const waiting = await crowds.ask('settle', 60_000)
  const returns = await crowds.ask('takeReturns')
  const backMs = returns.flatMap((one) => one.backMs)
  const tally = sum(await crowds.ask('take'))
  const [verdict] = await crowds.ask('judge')
  const { left, inside } = await emptyOut(world)
  const last = await takeSample(stage, ms)
  const { acknowledged, owed, lost, twice, disordered, examples } = verdict!
  const growth = growthOf(samples.filter(({ at }) => at > ms / 5))
  const lag = await crowds.ask('lag')

  for (const [name, times] of faults) console.log(`${String(times).padStart(4)} × ${name}`)
  console.log(
    `${tally.joins} joined, ${tally.resumed} came back, the connection away for ` +
      `${[0.5, 0.99, 1].map((share) => Math.round(percentile(backMs, share))).join(' / ')} ms (p50 / p99 / max); ` +
      `${tally.expired} times somebody was told of an expired presence; refused for now: ${JSON.stringify(tally.refused)}; ` +
      `clients' own event loop late by ${Math.round(Math.max(...lag))} ms (p99)`,
  )
  for (const example of examples) console.log(example)
  const check = (name: string, ok: boolean, found: string): Check => ({ name, ok, found })
  return [
    check('enough was said', acknowledged >= 1_000 * minutes, `${acknowledged} chat messages acknowledged`),
    check('none lost', lost === 0, `${lost} of ${owed} that somebody was to hear`),
    check('none twice', twice === 0, `${twice}`),
    check('none out of order', disordered === 0, `${disordered}`),
    check('the log covered every fault', tally.resets === 0, `${tally.resets} resets`),
    check(
      'everybody is back, none refused for good',
      waiting.every((n) => n === 0) && Object.keys(tally.ended).length === 0,
      `${waiting.join()} wait, ended: ${JSON.stringify(tally.ended)}`,
    ),
    check(
      `heap is flat (${megabytes(HEAP_GROWTH)} at most)`,
      growth.heap <= HEAP_GROWTH,
      `${megabytes(growth.heap)} by ${growth.samples} samples; ${megabytes(empty.heap)} before, ${megabytes(last.heap)} after`,
    ),
    check(
      `keys are flat (${KEYS_GROWTH} at most)`,
      growth.keys <= KEYS_GROWTH,
      `${growth.keys.toFixed(1)} more`,
    ),
    check(
      `handles are back (${HANDLES_MORE} more at most)`,
      last.handles <= empty.handles + HANDLES_MORE,
      `${empty.handles} before, ${last.handles} after`,
    ),
    check('no room, member or socket is left', left === '0 rooms followed, 0 members, 0 sockets', left),
    check('nobody is inside by the store', inside === 0, `${inside}`),
  ]
}

try {
  const minutes = readMinutes()
  console.log(
    `${ROOMS} rooms × ${MEMBERS} people on ${REPLICAS} replicas for ${minutes} minutes, with faults`,
  )
  const checks = await soak(minutes)
  for (const { name, ok, found } of checks) console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}: ${found}`)
  const failed = checks.filter(({ ok }) => !ok).length
  console.log(`\n${checks.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const explained = error instanceof RangeError || code.startsWith('ERR_PARSE_ARGS')
  console.error(explained ? (error as Error).message : error)
  process.exitCode = explained ? 2 : 1
}

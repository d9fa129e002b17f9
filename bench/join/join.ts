/** `npm run bench -- join`: what it costs a server to let somebody into a room, and how long they wait. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender, Member, Stand } from '../contenders/contender.ts'
import { isMaru, maruOf } from '../contenders/contenders.ts'
import { MARU, MARU_REDIS } from '../contenders/maru.ts'
import { SOCKET_IO, SOCKET_IO_STREAMS } from '../contenders/socket-io.ts'
import { startStands } from '../contenders/stands.ts'
import { percentile } from '../load/tally.ts'
import { atMost, machine, type Report, threeOf } from '../report.ts'
import { rotated, type RoundOptions, roundsOf } from '../rounds.ts'
import { atRate } from '../traffic/outcome.ts'

const CONTENDERS = [SOCKET_IO, MARU, SOCKET_IO_STREAMS, MARU_REDIS]
const IN_A_ROOM = 5
/** Under way at a time where as many as possible are let in. */
const AT_ONCE = 16
const LONGEST_MS = 30_000

interface Size {
  joins: number
  rate: { perSecond: number; seconds: number }
  herd: number
}
const FULL: Size = { joins: 300, rate: { perSecond: 200, seconds: 1.5 }, herd: 2_000 }
const QUICK: Size = { joins: 20, rate: { perSecond: 50, seconds: 0.4 }, herd: 50 }

const PHASES = ['16 at a time', 'fixed rate', 'all at once'] as const
type Phase = (typeof PHASES)[number]

interface Outcome {
  wanted: number
  inside: number
  perSecond: number
  /** Milliseconds of all servers for each. */
  cpu: number
  /** From asking to be let in to knowing who is inside, milliseconds; of those all at once from opening the connection. */
  p50: number
  p99: number
}

type Seats = () => Promise<Member>

/** Places in rooms that are there already, one to each room before the second to any. */
async function prepare({ contender, servers }: Stand, count: number): Promise<Seats> {
  const rooms: string[] = []
  for (let i = 0; i < Math.ceil(count / IN_A_ROOM); i++)
    rooms.push(await contender.makeRoom(servers[i % servers.length]!.port))
  let next = 0
  return () => {
    const seat = next++
    const { port } = servers[seat % servers.length]!
    return contender.enter({ roomId: rooms[seat % rooms.length]!, port, onSignal: () => {} })
  }
}

/** @param act asks for seats; whoever isn't inside after a long time isn't waited for */
async function measure(
  stand: Stand,
  wanted: number,
  act: (sit: () => Promise<void>, count: number) => Promise<void>,
): Promise<{ outcome: Outcome; sinceAsked: number[] }> {
  const seats = await prepare(stand, wanted)
  const members: Member[] = []
  const sinceAsked: number[] = []
  const began = performance.now()
  const sit = async (): Promise<void> => {
    const asked = performance.now()
    try {
      members.push(await seats())
      sinceAsked.push(performance.now() - asked)
    } catch {
      // Turned away: it is missing among those inside.
    }
  }
  const before = await stand.cpu()
  await Promise.race([act(sit, wanted), sleep(LONGEST_MS, undefined, { ref: false })])
  const seconds = (performance.now() - began) / 1_000
  const after = await stand.cpu()
  for (const member of members) member.close()
  const waits = members.map(({ joinMs }) => joinMs)
  const outcome = {
    wanted,
    inside: members.length,
    perSecond: members.length / seconds,
    cpu: (after.servers - before.servers) / members.length,
    p50: percentile(waits, 0.5),
    p99: percentile(waits, 0.99),
  }
  // The servers see them go.
  await sleep(300)
  return { outcome, sinceAsked }
}

async function play(stand: Stand, { joins, rate, herd }: Size): Promise<Record<Phase, Outcome>> {
  const few = await measure(stand, joins, async (sit, count) => {
    let left = count
    const work = async (): Promise<void> => {
      while (left-- > 0) await sit()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  })
  const steady = await measure(stand, Math.floor(rate.perSecond * rate.seconds), async (sit) => {
    const all: Promise<void>[] = []
    await atRate(rate, () => all.push(sit()))
    await Promise.all(all)
  })
  const many = await measure(stand, herd, async (sit, count) => {
    await Promise.all(Array.from({ length: count }, sit))
  })
  return {
    '16 at a time': few.outcome,
    'fixed rate': steady.outcome,
    'all at once': {
      ...many.outcome,
      p50: percentile(many.sinceAsked, 0.5),
      p99: percentile(many.sinceAsked, 0.99),
    },
  }
}

type Outcomes = Map<Contender, Record<Phase, Outcome[]>>

export async function join(options: RoundOptions): Promise<Report> {
  const size = options.quick ? QUICK : FULL
  const outcomes: Outcomes = new Map(
    CONTENDERS.map((contender) => [contender, { '16 at a time': [], 'fixed rate': [], 'all at once': [] }]),
  )
  await using stands = await startStands(CONTENDERS, { replicas: 2 })
  // Servers are warm in production.
  if (!options.quick) for (const stand of stands.all) await play(stand, { ...QUICK, joins: 700 })
  for (const round of roundsOf(options)) {
    for (const stand of rotated(stands.all, round)) {
      const played = await play(stand, size)
      for (const phase of PHASES) outcomes.get(stand.contender)![phase].push(played[phase])
    }
  }
  return report(outcomes, size)
}

/** Maru's CPU for a join as a multiple of a rival's, for each round in which both let everybody in. */
function ratios(outcomes: Outcomes, rival: Contender, phase: Phase): number[] {
  const theirs = outcomes.get(rival)![phase]
  return outcomes.get(maruOf(rival))![phase].flatMap((our, round) => {
    const their = theirs[round]!
    return our.inside === our.wanted && their.inside === their.wanted ? [our.cpu / their.cpu] : []
  })
}

function report(outcomes: Outcomes, { rate, herd }: Size): Report {
  const rows = PHASES.flatMap((phase) =>
    CONTENDERS.map((contender) => {
      const rounds = outcomes.get(contender)![phase]
      const of = (key: 'cpu' | 'perSecond' | 'p50' | 'p99') => threeOf(rounds.map((outcome) => outcome[key]))
      return {
        joins: phase,
        who: contender.name,
        'CPU ms/join': of('cpu'),
        'Maru ÷ this': isMaru(contender) ? '' : threeOf(ratios(outcomes, contender, phase)),
        'joins/s': of('perSecond'),
        'p50 ms': of('p50'),
        'p99 ms': of('p99'),
        inside: `${Math.min(...rounds.map(({ inside }) => inside))} of ${rounds[0]!.wanted}`,
      }
    }),
  )
  const cheaper = (rival: Contender) =>
    atMost(
      { what: `CPU per join ÷ ${rival.name}`, limit: 0.9, unit: '×' },
      ratios(outcomes, rival, '16 at a time'),
      'no ratio: not everybody was let in',
    )
  const soon = (contender: Contender) =>
    atMost(
      { what: `join p99 at ${rate.perSecond}/s, ${contender.name}`, limit: 50, unit: 'ms' },
      outcomes.get(contender)!['fixed rate'].flatMap((one) => (one.inside === one.wanted ? [one.p99] : [])),
      'not everybody was let in',
    )
  return {
    bench: 'join',
    what:
      `Joins into rooms of ${IN_A_ROOM} that are there already, the connection included in the CPU: one server in memory, two on a Redis. ` +
      `16 at a time; ${rate.perSecond}/s; ${herd.toLocaleString('en')} at once. min / median / max over the rounds.`,
    machine: machine(),
    rows,
    goals: [cheaper(SOCKET_IO), cheaper(SOCKET_IO_STREAMS), soon(MARU), soon(MARU_REDIS)],
    notes: [
      'p50 and p99: from asking to be let in to knowing who is inside; all at once: from opening the connection.',
      'Socket.IO: joins the room, tells the others, and acknowledges with the members that `fetchSockets()` finds, at all servers.',
      'Maru: checks limits, capacity and fencing, logs the join, tells the others, and answers with a snapshot of room, people, chat, credentials and a signed record.',
    ],
  }
}

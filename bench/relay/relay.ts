/** `npm run bench -- relay`: what it costs a server to bring a signal from one member to another. */
import type { Contender, Stand } from '../contenders/contender.ts'
import { CONTENDERS, isMaru, maruOf } from '../contenders/contenders.ts'
import { RAW_WS_REDIS } from '../contenders/raw-ws.ts'
import { SOCKET_IO_STREAMS } from '../contenders/socket-io.ts'
import { startStands } from '../contenders/stands.ts'
import { atMost, machine, type Report, threeOf } from '../report.ts'
import { rotated, type RoundOptions, roundsOf } from '../rounds.ts'
import { assemble } from '../traffic/cast.ts'
import type { Outcome } from '../traffic/outcome.ts'
import { callSetups, closedLoop, openLoop } from './phases.ts'

interface Size {
  rooms: number
  /** Messages of each member: 200 B, 4 KB. Below what a connection of Maru may say at once. */
  small: number
  large: number
  openLoop: { perSecond: number; seconds: number }
  setupsPerSecond: number
}
const FULL: Size = {
  rooms: 50,
  small: 30,
  large: 10,
  openLoop: { perSecond: 500, seconds: 0.8 },
  setupsPerSecond: 100,
}
const QUICK: Size = {
  rooms: 4,
  small: 5,
  large: 3,
  openLoop: { perSecond: 100, seconds: 0.3 },
  setupsPerSecond: 50,
}
/** Servers are warm in production: they grow hardly any quicker after some ten thousand messages. */
const WARMING: Size = { ...FULL, small: 25, openLoop: QUICK.openLoop, setupsPerSecond: 200 }

const PHASES = ['200 B', '4 KB', '200 B, fixed rate', 'call set-up'] as const
type Phase = (typeof PHASES)[number]
/** Of each contender and phase, one a round. */
type Outcomes = Map<Contender, Record<Phase, Outcome[]>>

async function play(stand: Stand, size: Size): Promise<Record<Phase, Outcome>> {
  using cast = await assemble(stand, size.rooms)
  const trickle = isMaru(stand.contender) ? 'gathered' : 'each'
  return {
    '200 B': await closedLoop(stand, cast, { each: size.small, bytes: 200 }),
    '4 KB': await closedLoop(stand, cast, { each: size.large, bytes: 4_096 }),
    '200 B, fixed rate': await openLoop(stand, cast, size.openLoop),
    'call set-up': await callSetups(stand, cast, { perSecond: size.setupsPerSecond, trickle }),
  }
}

export async function relay(options: RoundOptions): Promise<Report> {
  const size = options.quick ? QUICK : FULL
  const outcomes: Outcomes = new Map(
    CONTENDERS.map((contender) => [
      contender,
      { '200 B': [], '4 KB': [], '200 B, fixed rate': [], 'call set-up': [] },
    ]),
  )
  await using stands = await startStands(CONTENDERS, { replicas: 2 })
  if (!options.quick) for (const stand of stands.all) await play(stand, WARMING)
  for (const round of roundsOf(options)) {
    for (const stand of rotated(stands.all, round)) {
      const played = await play(stand, size)
      for (const phase of PHASES) outcomes.get(stand.contender)![phase].push(played[phase])
    }
  }
  return report(outcomes, size)
}

/** Maru's CPU for a signal as a multiple of a rival's, for each round in which both delivered everything. */
function ratios(outcomes: Outcomes, rival: Contender, phase: Phase): number[] {
  const ours = outcomes.get(maruOf(rival))![phase]
  const theirs = outcomes.get(rival)![phase]
  return ours.flatMap((our, round) => {
    const their = theirs[round]!
    return our.complete && their.complete ? [our.cpu / their.cpu] : []
  })
}

const INCOMPLETE = 'no ratio: not everything was delivered'

function report(outcomes: Outcomes, size: Size): Report {
  const rows = PHASES.flatMap((phase) =>
    CONTENDERS.map((contender) => {
      const rounds = outcomes.get(contender)![phase]
      const complete = rounds.filter((outcome) => outcome.complete).length
      const of = (key: 'cpu' | 'redisCpu' | 'perSecond' | 'p50' | 'p99') =>
        threeOf(rounds.map((outcome) => outcome[key]))
      return {
        signal: phase,
        who: contender.name,
        'CPU µs/signal': of('cpu'),
        'Maru ÷ this': isMaru(contender) ? '' : threeOf(ratios(outcomes, contender, phase)),
        'Redis CPU µs': contender.backend === 'redis' ? of('redisCpu') : '',
        'signals/s': of('perSecond'),
        'p50 ms': of('p50'),
        'p99 ms': of('p99'),
        signals: rounds[0]!.said,
        'rounds complete': `${complete} of ${rounds.length}`,
      }
    }),
  )
  const goal = (what: string, limit: number, [rival, phase]: [Contender, Phase]) =>
    atMost({ what, limit, unit: '×' }, ratios(outcomes, rival, phase), INCOMPLETE)
  return {
    bench: 'relay',
    what:
      `Signals between members in rooms of four, ${size.rooms} rooms. Server CPU is that of all server processes: one in memory, ` +
      'two on a Redis, then with sender and receiver at different ones. min / median / max over the rounds.',
    machine: machine(),
    rows,
    goals: [
      goal('CPU per signal of a real call set-up with Redis ÷ Socket.IO with Redis streams', 0.7, [
        SOCKET_IO_STREAMS,
        'call set-up',
      ]),
      goal('CPU per single 200 B message with Redis ÷ Socket.IO with Redis streams', 1.1, [
        SOCKET_IO_STREAMS,
        '200 B',
      ]),
      goal('CPU per single 200 B message with Redis ÷ raw ws with the same Redis commands', 2.5, [
        RAW_WS_REDIS,
        '200 B',
      ]),
    ],
    notes: [
      ...CONTENDERS.map(({ name, does }) => `${name}: ${does}.`),
      '200 B, 4 KB: each member says the next one when the last one was heard and acknowledged, one message in flight. ' +
        `Fixed rate: ${size.openLoop.perSecond}/s in all, p50 and p99 from saying to hearing.`,
      'Call set-up: offer and answer of 5 KB, 8 candidates of 200 B each side, 4 of them after 2 ms, 2 after 35, 2 after 70; ' +
        'counted are these 18 signals. Maru’s page tells of them as it does, gathered; the others’ one by one, as tutorials do.',
    ],
  }
}

/** `npm run bench -- scale`: what a message costs as replicas, rooms and members grow. */
import type { Stand } from '../contenders/contender.ts'
import { startStand } from '../contenders/contender.ts'
import { MARU_REDIS } from '../contenders/maru.ts'
import { atMost, type Goal, machine, type Report, spreadOf, threeOf } from '../report.ts'
import { rotated, type RoundOptions, roundsOf } from '../rounds.ts'
import type { Outcome } from '../traffic/outcome.ts'
import { chatAtRate, chatOn, startChats } from './chats.ts'
import { settle, talk, type Town, type TownSize } from './growth.ts'

/** Of a replica; more members cost more because more hear it. */
const SIZES = [2, 5, 10]
const LARGEST_ROOM = 10

interface Size {
  /** The second one is also where rooms of several sizes are. */
  replicas: [1, 2, ...number[]]
  rooms: number
  inARoom: number
  each: number
  /** Of each member, once for each replica, before anything is measured. */
  warming: number
  rate: { perSecond: number; seconds: number }
  few: TownSize
  many: TownSize
  messages: number
}
const FULL: Size = {
  replicas: [1, 2, 4],
  rooms: 20,
  inARoom: 5,
  each: 15,
  warming: 50,
  rate: { perSecond: 100, seconds: 1 },
  few: { rooms: 10, occupied: 10, talking: 10 },
  many: { rooms: 10_000, occupied: 2_000, talking: 1_000 },
  // A connection of Maru may say 300 at once; twenty say these.
  messages: 3_000,
}
const QUICK: Size = {
  replicas: [1, 2],
  rooms: 2,
  inARoom: 3,
  each: 2,
  warming: 1,
  rate: { perSecond: 50, seconds: 0.2 },
  few: { rooms: 3, occupied: 3, talking: 3 },
  many: { rooms: 15, occupied: 12, talking: 6 },
  messages: 40,
}

/** By what was done, one outcome a round. */
type Outcomes = Map<string, Outcome[]>

export async function scale(options: RoundOptions): Promise<Report> {
  const size = options.quick ? QUICK : FULL
  const outcomes: Outcomes = new Map()
  const note = (what: string, outcome: Outcome): void =>
    void outcomes.set(what, [...(outcomes.get(what) ?? []), outcome])
  process.setMaxListeners(0)
  await using stands = new AsyncDisposableStack()
  const byReplicas: Stand[] = []
  for (const replicas of size.replicas) byReplicas.push(stands.use(await startStand(MARU_REDIS, replicas)))
  const towns: Town[] = []
  for (const town of [size.few, size.many])
    towns.push(stands.use(await settle(stands.use(await startStand(MARU_REDIS, 2)), town)))
  // Servers are warm in production, each of many as well as the only one.
  for (const stand of byReplicas) await warm(stand, size)
  for (const town of [...towns, ...towns]) await talk(town, size.messages)

  for (const round of roundsOf(options)) {
    for (const stand of rotated(byReplicas, round))
      for (const [what, outcome] of await chat(stand, size)) note(what, outcome)
    for (const inARoom of rotated(SIZES, round)) {
      const rooms = Math.ceil((size.rooms * 2) / inARoom)
      using chats = await startChats(byReplicas[1]!, { rooms, inARoom, at: 'all replicas' })
      note(`chat, 2 replicas, rooms of ${inARoom}`, await chatOn(chats, size.each))
    }
    for (const town of rotated(towns, round)) note(townOf(town.size), await talk(town, size.messages))
  }
  return report(outcomes, size)
}

const replicasOf = (count: number): string => (count === 1 ? '1 replica' : `${count} replicas`)
const spreadRooms = (replicas: number): string => `chat, ${replicasOf(replicas)}, rooms spread`
const hotRoom = (replicas: number): string =>
  `chat, ${replicasOf(replicas)}, one hot room of ${LARGEST_ROOM}, everywhere`
const atRateRooms = (replicas: number): string => `chat at a fixed rate, ${replicasOf(replicas)}`
const townOf = ({ rooms }: TownSize): string =>
  `signals, 2 replicas, among ${rooms.toLocaleString('en')} rooms`

async function warm(stand: Stand, { rooms, inARoom, warming }: Size): Promise<void> {
  for (let i = 0; i < stand.servers.length; i++) {
    using chats = await startChats(stand, { rooms, inARoom, at: 'one replica' })
    await chatOn(chats, warming)
  }
}

async function chat(stand: Stand, size: Size): Promise<[string, Outcome][]> {
  const replicas = stand.servers.length
  const { rooms, inARoom } = size
  using spread = await startChats(stand, { rooms, inARoom, at: 'one replica' })
  using hot = await startChats(stand, { rooms: 1, inARoom: LARGEST_ROOM, at: 'all replicas' })
  return [
    [spreadRooms(replicas), await chatOn(spread, size.each)],
    [atRateRooms(replicas), await chatAtRate(spread, size.rate)],
    [hotRoom(replicas), await chatOn(hot, size.each * 4)],
  ]
}

function report(outcomes: Outcomes, size: Size): Report {
  /** What one costs as a multiple of another, for each round in which both delivered everything. */
  const ratios = (what: string, base: string): number[] =>
    (outcomes.get(what) ?? []).flatMap((outcome, round) => {
      const other = outcomes.get(base)![round]!
      return outcome.complete && other.complete ? [outcome.cpu / other.cpu] : []
    })
  const bases = new Map(
    size.replicas.flatMap((replicas) =>
      [spreadRooms, atRateRooms, hotRoom].map((name) => [name(replicas), name(1)] as const),
    ),
  )
  bases.set(townOf(size.many), townOf(size.few))
  const rows = [...outcomes].map(([what, rounds]) => {
    const base = bases.get(what)
    const of = (key: 'cpu' | 'redisCpu' | 'perSecond' | 'p50' | 'p99') =>
      threeOf(rounds.map((outcome) => outcome[key]))
    const complete = rounds.filter((outcome) => outcome.complete).length
    return {
      what,
      'CPU µs/message': of('cpu'),
      'cost ÷ least': base === undefined || base === what ? '' : threeOf(ratios(what, base)),
      'Redis CPU µs': of('redisCpu'),
      'messages/s': of('perSecond'),
      'p50 ms': of('p50'),
      'p99 ms': of('p99'),
      'rounds complete': `${complete} of ${rounds.length}`,
    }
  })
  const most = Math.max(...size.replicas)
  return {
    bench: 'scale',
    what:
      'Messages of 200 B over replicas on one Redis. Rooms are spread over the replicas, the members of each at one, as `docker compose up` ' +
      'brings them there; those of the hot room, of rooms by size and of the many are at all of them. Servers, Redis and clients share two cores, so scaling is told by the server CPU of a message, not by messages a second: perfect is × 1. min / median / max over the rounds.',
    machine: machine(),
    rows,
    goals: [
      within(
        `CPU per message, ${size.few.rooms} → ${size.many.rooms.toLocaleString('en')} rooms`,
        ratios(townOf(size.many), townOf(size.few)),
      ),
      atMost(
        { what: `CPU per message, 1 → ${most} replicas, rooms spread`, limit: 1.3, unit: '×' },
        ratios(spreadRooms(most), spreadRooms(1)),
        'no ratio: not everything was delivered',
      ),
    ],
    notes: [
      `Chat: everyone says the next one when all in the room have heard the last one; ${size.rooms} rooms of ${size.inARoom}. ` +
        `Fixed rate: ${size.rate.perSecond}/s in all. p50 and p99: from saying to each one’s hearing.`,
      `Among many rooms: people are in ${size.many.occupied.toLocaleString('en')} of them, and in ${size.many.talking.toLocaleString('en')} two ` +
        'who talk in turn, the others empty; among few, two in each. ' +
        'What keeping all those members costs (measured just before, in silence) is taken off.',
    ],
  }
}

const TOLERANCE = 0.15

function within(what: string, ratios: number[]): Goal {
  const median = ratios.length > 0 ? spreadOf(ratios).median : Number.NaN
  return {
    what,
    limit: `within ±${TOLERANCE * 100} %`,
    value: ratios.length > 0 ? `${threeOf(ratios)} ×` : 'no ratio: not everything was delivered',
    met: Math.abs(median - 1) <= TOLERANCE,
  }
}

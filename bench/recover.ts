/** What breaks while people talk: how long nobody is heard over signaling, and for how long a picture stands still. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Fault, FAULTS } from '../e2e/faults/faults.ts'
import { WATCHED, watchGaps } from '../e2e/faults/frame-gaps.ts'
import { type Node, Stack } from '../e2e/faults/stack.ts'
import { CAST } from '../e2e/support/cast.ts'
import { Person } from '../e2e/support/person.ts'
import { Crowd, MARU, type Signaling, SOCKET_IO } from './recover/crowd.ts'
import { atMost, type Goal, machine, type Report, spreadOf, threeOf } from './report.ts'
import { rotated, type RoundOptions, roundsOf } from './rounds.ts'

/** The first one has a goal and is made in each round; the others once, before. */
const STRIKES = ['replica killed', 'Redis killed', 'black hole of 5 s', 'network changed'] as const
type Strike = (typeof STRIKES)[number]
const KILLED: Strike = 'replica killed'

const faultOf = (wanted: string): Fault => {
  const fault = FAULTS.find(({ name }) => name === wanted)
  if (!fault) throw new Error(`There is no such fault any more: ${wanted}`)
  return fault
}

/** Resolves to `performance.now()` from when on somebody could be back. */
const INJECT: Record<Strike, (stack: Stack, victim: Node) => Promise<number>> = {
  // Without the replacement that the fault matrix starts at once: its start takes the processor from those who come back.
  async 'replica killed'(stack, victim) {
    const killedAt = performance.now()
    await stack.kill(victim)
    return killedAt
  },
  'Redis killed': strikeWith('Redis SIGKILL, data kept'),
  'black hole of 5 s': strikeWith('black hole client ↔ server'),
  'network changed': strikeWith('client connections cut'),
}

function strikeWith(name: string): (stack: Stack, victim: Node) => Promise<number> {
  return async (stack, victim) => (await faultOf(name).inject(stack, victim)).recoverableAt
}

/** Those that strike one replica strike the people on it, the others everybody. */
const strikesOne = (strike: Strike): boolean => strike === KILLED || strike === 'black hole of 5 s'

const NOTES = [
  'Signaling back: when each of those whom it strikes hears the server again, from when on somebody could (Redis: from when it is up again, with its data).',
  'Rooms of four who say something four times a second, over two replicas on one Redis behind a balancer. Socket.IO: connection state recovery, redis-streams-adapter, its client’s default back-off, WebSocket only (the balancer isn’t sticky).',
  'network changed: every connection of every client is reset, three times; back from the first. What a phone’s change of networks does to media is seen in e2e/nat, which needs network namespaces.',
  'Media: the longest time without a new frame in a call of two Chromiums at Maru, 15 frames a second. "none" is the same call when nothing happens.',
]

const BEFORE_MS = 500
/** So long at least, for the pictures' sake. */
const LEAST_AFTER_MS = 1_500
/** Socket.IO's worst is 3.3 s. */
const AFTER_MS = 4_000
const LOOK_MS = 100

interface Outcome {
  /** One for each whom it struck. Milliseconds. */
  returns: number[]
  mediaGap: number | undefined
}

/** A stack of one kind with a call on it where there are pages for one. */
interface Ground {
  signaling: Signaling
  stack: Stack
  pair: [Person, Person] | undefined
}

/** Two people in real browsers, in a call. */
async function call(stack: Stack, all: AsyncDisposableStack): Promise<[Person, Person]> {
  const launch = async (role: (typeof CAST)['ana' | 'bora']): Promise<Person> =>
    all.adopt(await Person.launch(role, WATCHED), (person) => person.close())
  const [ana, bora] = [await launch(CAST.ana), await launch(CAST.bora)]
  await ana.open(stack.origin)
  await ana.register()
  const link = await ana.createRoom('Bench')
  await ana.join()
  await bora.open(link)
  await bora.register()
  await bora.join()
  await ana.expectToSee(bora)
  await bora.expectToSee(ana)
  return [ana, bora]
}

async function prepare(signaling: Signaling, all: AsyncDisposableStack): Promise<Ground> {
  const { main } = signaling
  const stack = all.use(
    await Stack.start({
      replicas: 2,
      links: ['front'],
      localRedis: true,
      ...(main !== undefined && { main }),
    }),
  )
  return { signaling, stack, pair: main === undefined ? await call(stack, all) : undefined }
}

async function longestGap(pair: Ground['pair'], during: () => Promise<unknown>): Promise<number | undefined> {
  const watch = pair && (await watchGaps(...pair))
  await during()
  return watch?.stop()
}

/** The replica that carries the call, so that it is struck with the crowd. */
async function victimOf({ stack, pair }: Ground): Promise<Node> {
  const carrier = await pair?.[0].instance()
  return stack.nodes.find(({ instance }) => instance === carrier) ?? stack.nodes[0]!
}

async function strike(ground: Ground, how: Strike, size: number): Promise<Outcome> {
  const { signaling, stack, pair } = ground
  const victim = await victimOf(ground)
  using crowd = await Crowd.gather(signaling, stack, size)
  await pause(BEFORE_MS)
  const struck = strikesOne(how) ? victim : undefined
  let recoverableAt = performance.now()
  const mediaGap = await longestGap(pair, async () => {
    recoverableAt = await INJECT[how](stack, victim)
    await pause(LEAST_AFTER_MS)
    while (!crowd.isBack(recoverableAt, struck) && performance.now() < recoverableAt + AFTER_MS)
      await pause(LOOK_MS)
  })
  const returns = crowd.returns(recoverableAt, struck)
  if (how === KILLED) await stack.add(1)
  return { returns, mediaGap }
}

type Outcomes = Map<string, Outcome[]>

const p50 = ({ returns }: Outcome): number => spreadOf(returns).median
const worst = ({ returns }: Outcome): number => spreadOf(returns).max

export async function recover(options: RoundOptions): Promise<Report> {
  const size = options.quick ? 8 : 48
  await using all = new AsyncDisposableStack()
  const grounds = [await prepare(MARU, all), await prepare(SOCKET_IO, all)]
  const outcomes: Outcomes = new Map()
  const still = await longestGap(grounds[0]!.pair, () => pause(AFTER_MS))
  const strikeBoth = async (how: Strike, order: Ground[]): Promise<void> => {
    for (const ground of order) {
      const key = `${ground.signaling.name} ${how}`
      outcomes.set(key, [...(outcomes.get(key) ?? []), await strike(ground, how, size)])
    }
  }
  if (!options.quick) for (const how of STRIKES) if (how !== KILLED) await strikeBoth(how, grounds)
  for (const round of roundsOf(options)) await strikeBoth(KILLED, rotated(grounds, round))
  return {
    bench: 'recover',
    what: 'Milliseconds until signaling is back, and without a picture. Over the rounds: min / median / max.',
    machine: machine(),
    rows: [...rowsOf(outcomes), { fault: 'none', who: 'Maru', 'media gap': threeOf([still ?? Number.NaN]) }],
    goals: goalsOf(outcomes),
    notes: NOTES,
  }
}

function rowsOf(outcomes: Outcomes): Report['rows'] {
  return STRIKES.flatMap((fault) =>
    [MARU, SOCKET_IO].flatMap(({ name: who }) => {
      const rounds = outcomes.get(`${who} ${fault}`)
      if (!rounds) return []
      return {
        fault,
        who,
        struck: rounds[0]!.returns.length,
        'back, p50': threeOf(rounds.map(p50)),
        'back, worst': threeOf(rounds.map(worst)),
        'media gap': threeOf(rounds.map(({ mediaGap = Number.NaN }) => mediaGap)),
      }
    }),
  )
}

function goalsOf(outcomes: Outcomes): Goal[] {
  const ours = outcomes.get(`Maru ${KILLED}`) ?? []
  const theirs = outcomes.get(`Socket.IO ${KILLED}`) ?? []
  return [
    atMost(
      { what: 'replica killed, signaling back, p50 / Socket.IO', limit: 0.15, unit: '×' },
      ours.map((one, round) => p50(one) / p50(theirs[round]!)),
    ),
    atMost({ what: 'replica killed, signaling back, worst', limit: 1_000, unit: 'ms' }, ours.map(worst)),
  ]
}

/** `npm run bench -- idle`: what a member costs a server who is in a room and says nothing. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Contender, type Stand, startStand } from '../contenders/contender.ts'
import { CONTENDERS, maruOf } from '../contenders/contenders.ts'
import { enterAll } from '../contenders/enter-all.ts'
import { MARU, MARU_REDIS } from '../contenders/maru.ts'
import { RAW_WS_REDIS } from '../contenders/raw-ws.ts'
import { SOCKET_IO_RECOVERY } from '../contenders/socket-io.ts'
import { atMost, machine, type Report, threeOf } from '../report.ts'
import { type RoundOptions, roundsOf } from '../rounds.ts'
import type { Order } from './people-process.ts'

/** Somebody idle costs them what it costs their siblings. */
const IDLE = CONTENDERS.filter((contender) => contender !== RAW_WS_REDIS && contender !== SOCKET_IO_RECOVERY)

/** A window a round. Keepalives are up to half a minute apart: CPU is told of all windows together. */
const FULL = { counts: [1_000, 5_000], windowMs: 8_500 }
const QUICK = { counts: [20], windowMs: 500 }
/** A collection frees pages; they go back to the system a moment later. */
const GIVEN_BACK_MS = 1_500
/** Who has come and gone before the empty server is looked at: what is loaded and compiled once isn't theirs. */
const WARMING = { rooms: 5, inARoom: 10 }

/** A server with its members, and what was measured of it. */
interface Crowded extends AsyncDisposable {
  contender: Contender
  members: number
  measure(windowMs: number): Promise<void>
  /** KB for each member beyond the empty server, one a round. */
  rss: number[]
  heap: number[]
  /** Milliseconds of CPU for each member, over so many minutes. */
  cpuMs: number
  minutes: number
  /** Nobody was lost. */
  complete: boolean
}

async function warm({ contender, servers }: Stand): Promise<void> {
  const rooms = await enterAll(contender, { ports: [servers[0]!.port], ...WARMING })
  for (const member of rooms.flat()) member.close()
  await sleep(200)
}

async function crowd(contender: Contender, members: number): Promise<Crowded> {
  await using starting = new AsyncDisposableStack()
  const stand = starting.use(await startStand(contender, 1))
  const server = stand.servers[0]!
  await warm(stand)
  const empty = await server.read({ collect: true })
  const child: ChildProcess = fork(fileURLToPath(new URL('people-process.ts', import.meta.url)), {
    execArgv: [],
  })
  starting.defer(() => void child.kill('SIGKILL'))
  const answer = once(child, 'message')
  child.send({ who: contender.name, port: server.port, members } satisfies Order)
  const [said] = await answer
  if (said !== 'inside') throw new Error(`${contender.name}: ${said}`)
  const all = starting.move()
  const crowded: Crowded = {
    contender,
    members,
    rss: [],
    heap: [],
    cpuMs: 0,
    minutes: 0,
    complete: true,
    async measure(windowMs) {
      const { heap } = await server.read({ collect: true })
      const { cpuMs } = await server.read()
      const began = performance.now()
      await sleep(GIVEN_BACK_MS)
      const { rss } = await server.read()
      await sleep(windowMs)
      const after = await server.read()
      crowded.complete &&= (after.handles['TCPSocketWrap'] ?? 0) >= members
      crowded.minutes += (performance.now() - began) / 60_000
      crowded.rss.push((rss - empty.rss) / members / 1_000)
      crowded.heap.push((heap - empty.heap) / members / 1_000)
      crowded.cpuMs += (after.cpuMs - cpuMs) / members
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
  return crowded
}

export async function idle(options: RoundOptions): Promise<Report> {
  const { counts, windowMs } = options.quick ? QUICK : FULL
  await using crowds = new AsyncDisposableStack()
  const all: Crowded[] = []
  process.setMaxListeners(0)
  for (const members of counts)
    for (const contender of IDLE) all.push(crowds.use(await crowd(contender, members)))
  // All of them idle at the same time: keepalives are up to half a minute apart, and cost each process its own CPU.
  for (const _ of roundsOf(options)) await Promise.all(all.map((one) => one.measure(windowMs)))
  return report(all, { most: Math.max(...counts), windowMs })
}

function report(all: Crowded[], { most, windowMs }: { most: number; windowMs: number }): Report {
  const maru = ({ contender, members }: Crowded): Crowded =>
    all.find((one) => one.contender === maruOf(contender) && one.members === members)!
  const cpu = ({ cpuMs, minutes }: Crowded): number => cpuMs / minutes
  const ratio = (rival: Crowded, tell: (ours: Crowded) => string): string => {
    const ours = maru(rival)
    if (ours === rival) return ''
    return ours.complete && rival.complete ? tell(ours) : 'somebody was lost'
  }
  const goal = (contender: Contender) => {
    const { rss, complete } = all.find((one) => one.contender === contender && one.members === most)!
    const what = `RSS per idle member, ${contender.name}, at ${most.toLocaleString('en')} (the aim is 20)`
    return atMost({ what, limit: 25, unit: 'KB' }, complete ? rss : [], 'somebody was lost')
  }
  return {
    bench: 'idle',
    what:
      'What each member costs one server who is in a room of ten and says nothing: memory after a collection beyond the ' +
      `empty server, KB of 1,000 bytes, min / median / max over the rounds; CPU over windows of ${windowMs / 1_000} s, all together.`,
    machine: machine(),
    rows: all.map((one) => ({
      members: one.members,
      who: one.contender.name,
      'RSS KB/member': threeOf(one.rss),
      'Maru ÷ this': ratio(one, ({ rss }) => threeOf(rss.map((kb, round) => kb / one.rss[round]!))),
      'of it JS heap KB': threeOf(one.heap),
      'CPU ms/member/min': cpu(one).toPrecision(3),
      'Maru ÷ this, CPU': ratio(one, (ours) => (cpu(ours) / cpu(one)).toPrecision(3)),
      'all stayed': one.complete ? 'yes' : 'no',
    })),
    goals: [goal(MARU), goal(MARU_REDIS)],
    notes: [
      'Keepalive, as each documents it: raw ws a ping of the server every 30 s, Socket.IO one every 25 s, PeerJS a heartbeat of ' +
        'the client every 5 s, Maru a ping of the page every 2 s, which is how it notices a dead network within 3 s.',
      'PeerJS has no rooms: its members are connected and that is all.',
    ],
  }
}

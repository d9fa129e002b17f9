/** A call that outlives its servers, on this computer alone: Redis, two replicas, one address, two guests, a browser. */
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Front, startFront } from './front.ts'
import { type Guest, GUESTS, startGuest } from './guest.ts'
import { startRedis } from './redis.ts'
import { type Servers, startServers } from './servers.ts'

/** How often one of the guests says something, while a page listens. */
const PACE_MS = 5_000
/** Across a stop both say so many messages, at this distance: before, while and after they find another server. */
const ACROSS = 6
const ACROSS_MS = 300

/** A failure that one line explains. */
class Explained extends Error {}

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '3100' },
    chromium: { type: 'string', default: '' },
    redis: { type: 'string', default: 'redis-server' },
    open: { type: 'boolean', default: false },
  },
})

const ending = new AbortController()
const { signal } = ending
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => ending.abort())
// Whoever started this has gone, and can't ask any more.
process.stdin.on('end', () => ending.abort()).resume()

const explain = (line: string) => (): void => ending.abort(new Explained(line))
const progress = (line: string): void => void process.stdout.write(`  ${line}\n`)

async function run(stack: AsyncDisposableStack): Promise<never> {
  const guests: Guest[] = []
  const running: { servers?: Servers; room?: string } = {}

  const front = stack.use(
    await startFront({
      port: Number(values.port),
      targets: () => running.servers?.ports() ?? [],
      room: () => running.room,
      state: () => ({
        servers: running.servers?.states() ?? [],
        guests: guests.map(({ peerId, said }) => ({ peerId, said: said() })),
      }),
      async stop(instance) {
        const outcome = (await running.servers?.stop(instance)) ?? 'unknown'
        if (outcome === 'stopped') void talk(guests, front.tell).catch(gone)
        return outcome
      },
    }),
  )
  progress('Redis')
  const redis = stack.use(await startRedis(values.redis === 'docker' ? 'docker' : 'redis-server', signal))
  void redis.ended.then(explain('Its Redis has ended, and the demo with it.'))
  signal.throwIfAborted()
  progress('Servers A and B')
  running.servers = stack.use(
    await startServers({
      env: {
        HOST: '127.0.0.1',
        REDIS_URL: redis.url,
        PUBLIC_ORIGIN: front.origin,
        LOG_LEVEL: 'warn',
      },
      onChange: front.tell,
      onFailure: (error) => ending.abort(error),
    }),
  )
  for (const role of GUESTS) {
    signal.throwIfAborted()
    progress(role.name)
    const { origin } = front
    const { chromium } = values
    const guest = stack.use(await startGuest(role, { chromium, origin, room: running.room, signal }))
    void guest.ended.then(explain(`The browser of ${role.name} has ended, and the demo with it.`))
    running.room ??= guest.room
    guests.push(guest)
  }
  signal.throwIfAborted()
  announce(`${front.origin}/demo`)
  return chat(guests, front)
}

/** Until the end. Nobody talks to an empty house. */
async function chat(guests: Guest[], front: Front): Promise<never> {
  for (let turn = 0; ; turn++) {
    await pause(PACE_MS, undefined, { signal })
    if (front.watchers() === 0) continue
    await guests[turn % guests.length]?.say().catch(gone)
    front.tell()
  }
}

/** All at once, one message after the other. */
async function talk(guests: Guest[], tell: () => void): Promise<void> {
  for (let i = 0; i < ACROSS && !signal.aborted; i++) {
    await Promise.all(guests.map((guest) => guest.say()))
    tell()
    await pause(ACROSS_MS)
  }
}

/** A guest can't speak: their page has gone, which is told on its own, or is no longer what it was. */
function gone(error: unknown): void {
  ending.abort(error)
}

function announce(address: string): void {
  console.log(`
  The demo is at ${address}

  Two guests are in a call there. Join them, press "Stop this server", and see what stops.
  Ctrl-C ends it.
`)
  if (!values.open) return
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open'
  // In a group of its own: the browser that it may become isn't the demo's to end.
  const child = spawn(opener, [address], { stdio: 'ignore', detached: true })
  // No desktop here: the address is on the screen.
  child.on('error', () => undefined)
  child.unref()
}

{
  await using stack = new AsyncDisposableStack()
  // The first reason counts: what ends while everything is being ended is none.
  await run(stack).catch((error: unknown) => ending.abort(error))
}
const reason: unknown = signal.reason
const asked = reason instanceof DOMException && reason.name === 'AbortError'
if (!asked) console.error(reason instanceof Explained ? `\n${reason.message}` : reason)
// What Playwright and sockets may still hold is of no use to anyone.
process.exit(asked ? 0 : 1)

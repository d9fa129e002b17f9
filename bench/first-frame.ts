/** From the navigation to somebody else's picture, beside the least that WebRTC can do and what a tutorial makes of it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { launchBrowser, SMALL_WINDOW } from './pages/browser.ts'
import { type SiteName, startSite } from './pages/site.ts'
import {
  type Cache,
  comeIn,
  frames,
  open,
  pressJoin,
  setUp,
  type Stage,
  untilAlone,
  usable,
} from './pages/stage.ts'
import { traceVisit } from './pages/trace.ts'
import { atMost, type Goal, machine, type Report, threeOf } from './report.ts'
import { rotated, type RoundOptions, roundsOf } from './rounds.ts'

/**
 * `home`: only there. `door`: Join is pressed after a while, as by a person. `at once`: as soon as it can be. `auto`:
 * nobody has to.
 */
type Way = 'home' | 'door' | 'at once' | 'auto'

interface Cell {
  people: number
  /** Added to every round trip to the server, in milliseconds. */
  delay: number
  cache: Cache
  /** At Maru, and at its rivals. */
  ways: Way[]
  rivals: Way[]
}

const cellOf = (people: number, delay: number, cache: Cache): Cell => ({
  people,
  delay,
  cache,
  ways: ['door'],
  rivals: ['auto'],
})

/** In the order of people: they come and stay. */
const CELLS: Cell[] = [
  { ...cellOf(2, 0, 'warm'), ways: ['home', 'door', 'at once'], rivals: ['door', 'auto'] },
  { ...cellOf(2, 0, 'cold'), ways: ['home', 'door'] },
  cellOf(2, 50, 'warm'),
  cellOf(2, 150, 'warm'),
  cellOf(2, 150, 'cold'),
  cellOf(3, 0, 'warm'),
  cellOf(4, 0, 'warm'),
]

/** Far enough for each round trip to be seen in the trace. */
const TRACED_MS = 150

const AUTO = 'nav → first'
const JOIN_FIRST = 'Join → first'
const SUM = 'nav → Join + Join → first'
const AT_ONCE = 'the same, pressed at once'
const FIGURES = ['nav → home', 'nav → Join', JOIN_FIRST, 'Join → all', SUM, AT_ONCE, AUTO, 'nav → all']

/** Long enough for sockets, credentials and devices at the door; shorter than anyone looks at their own picture. */
const AT_THE_DOOR_MS = 700

const NOTES = [
  'nav is the navigation. nav → Join: until Join could be pressed. nav → first: without a press, for the rivals have pages that join by themselves.',
  `Join is pressed ${AT_THE_DOOR_MS} ms after it can be, but for "pressed at once". Maru: from a room’s link, with the name known already.`,
  `Windows of ${SMALL_WINDOW.width} × ${SMALL_WINDOW.height}.`,
  'warm: a profile on disk with HTTP cache, compiled scripts and service worker. cold: nothing but the name.',
  'The delay is added to every round trip to the server, HTTP and signaling, and to the opening of connections. Media goes directly and is not delayed. Those inside have it too: an offer and its answer take twice the delay.',
]

/** Somebody comes into a call that goes on. Answers each figure in milliseconds. */
async function come(page: Page, url: string, { way, others }: { way: Way; others: number }) {
  await open(page, url)
  if (way === 'home') return { 'nav → home': await usable(page, 'New room') }
  if (way === 'auto') {
    const seen = await frames(page, others)
    return { [AUTO]: Math.min(...seen), 'nav → all': Math.max(...seen) }
  }
  if (way === 'at once') await page.evaluate(() => globalThis.stopwatch.press('Join'))
  const ready = await usable(page, 'Join')
  if (way === 'door') {
    await pause(AT_THE_DOOR_MS)
    await pressJoin(page)
  }
  const seen = await frames(page, others)
  const pressedAt = await page.evaluate(() => globalThis.stopwatch.pressedAt())
  // Where there is such a button: whoever only vanishes is waited for.
  await page.evaluate(() => document.querySelector<HTMLElement>('button[aria-label="Leave"]')?.click())
  const first = Math.min(...seen) - pressedAt
  if (way === 'at once') return { [AT_ONCE]: ready + first }
  return {
    'nav → Join': ready,
    [JOIN_FIRST]: first,
    'Join → all': Math.max(...seen) - pressedAt,
    [SUM]: ready + first,
  }
}

/** One round at one site: a meeting that grows from cell to cell. Answers each cell's figures. */
async function measure({ site, inside, visit }: Stage, cells: Cell[]): Promise<Record<string, number>[]> {
  const room = await site.newRoom()
  const figures: Record<string, number>[] = []
  let meeting: Page[] = []
  for (const { people, delay, cache, ...cell } of cells) {
    const others = people - 1
    for (const way of [site.door, site.inside]) way.roundTrip = delay
    for (const page of inside.slice(meeting.length, others)) {
      await comeIn(page, site.inside.origin + room, meeting.length)
      meeting = [...meeting, page]
    }
    await untilAlone(meeting)
    const times: Record<string, number> = {}
    for (const way of site.name === 'Maru' ? cell.ways : cell.rivals) {
      const url = site.door.origin + (way === 'home' ? '' : room) + (way === 'auto' ? site.auto : '')
      Object.assign(times, await visit(cache, (page) => come(page, url, { way, others })))
      await untilAlone(meeting)
    }
    figures.push(times)
  }
  for (const page of meeting) await page.goto('about:blank')
  return figures
}

const WHO = ['Maru', 'floor', 'React mesh'] satisfies SiteName[]

/** What was measured of one site in one cell, one number a round. */
type Samples = Map<string, Record<string, number>[]>

const keyOf = (who: SiteName, { people, delay, cache }: Cell): string => [who, people, delay, cache].join()

export async function firstFrame(options: RoundOptions): Promise<Report> {
  const cells = options.quick ? CELLS.slice(0, 1) : CELLS
  const most = Math.max(...cells.map(({ people }) => people)) - 1
  await using all = new AsyncDisposableStack()
  const window = { context: { viewport: SMALL_WINDOW } }
  const [host, outside] = [all.use(await launchBrowser(window)), all.use(await launchBrowser(window))]
  const inside: Page[] = []
  for (let i = 0; i < most; i++) inside.push(await host.fresh())
  const stages: Stage[] = []
  for (const name of WHO) stages.push(await setUp(all.use(await startSite(name)), { inside, outside }))
  const traces: string[] = []
  for (const stage of stages) traces.push(...(await traceVisit(stage, TRACED_MS)))
  const samples: Samples = new Map()
  for (const round of roundsOf(options)) {
    for (const stage of rotated(stages, round))
      for (const [i, times] of (await measure(stage, cells)).entries()) {
        const key = keyOf(stage.site.name, cells[i]!)
        samples.set(key, [...(samples.get(key) ?? []), times])
      }
  }
  return report(cells, samples, traces)
}

function report(cells: Cell[], samples: Samples, traces: string[]): Report {
  const rows = cells.flatMap((cell) =>
    WHO.map((who) => {
      const rounds = samples.get(keyOf(who, cell)) ?? []
      const figures = FIGURES.map((figure) => [
        figure,
        threeOf(rounds.map((times) => times[figure] ?? Number.NaN)),
      ])
      const { people, delay, cache } = cell
      return { who, people, 'delay ms': delay, cache, ...Object.fromEntries(figures) }
    }),
  )
  return {
    bench: 'first-frame',
    what:
      'Milliseconds until somebody who comes last sees the first of the others, and all of them. ' +
      'min / median / max.',
    machine: machine(),
    rows,
    goals: [...cells.flatMap((cell) => goalsOf(cell, samples)), roundTripGoal(samples)],
    notes: [...NOTES, ...traces],
  }
}

/**
 * By how much longer Join takes on longer ways: how often the joiner waits for another person's word. Everybody's way to
 * the server is longer, so that an offer and its answer take twice the delay.
 */
function roundTripGoal(samples: Samples): Goal {
  const first = (delay: number): number[] => {
    const key = keyOf('Maru', cellOf(2, delay, 'warm'))
    return (samples.get(key) ?? []).map((times) => times[JOIN_FIRST] ?? Number.NaN)
  }
  const near = first(0)
  return atMost(
    // One is the least that there can be: an offer there, its answer back. Half a one is what timing is good for.
    {
      what: 'Join → first frame from a warm green room',
      limit: 1.5,
      unit: 'round trips from person to person',
    },
    first(TRACED_MS).map((ms, round) => (ms - (near[round] ?? Number.NaN)) / (2 * TRACED_MS)),
  )
}

function goalsOf(cell: Cell, samples: Samples): Goal[] {
  const rounds = (who: SiteName) => samples.get(keyOf(who, cell)) ?? []
  const ours = rounds('Maru').map((times) => times[SUM] ?? Number.NaN)
  const { people, delay, cache } = cell
  return [{ rival: 'floor', limit: 1.25 } as const, { rival: 'React mesh', limit: 0.6 } as const].map(
    ({ rival, limit }) => {
      const theirs = rounds(rival).map((times) => times[AUTO] ?? Number.NaN)
      return atMost(
        {
          what: `${SUM}, ${people} people, ${delay} ms, ${cache} / ${rival}, ${AUTO}`,
          limit,
          unit: '×',
        },
        ours.map((ms, round) => ms / (theirs[round] ?? Number.NaN)),
      )
    },
  )
}

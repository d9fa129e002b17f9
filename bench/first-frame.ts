/** From the navigation to somebody else's picture, beside the least that WebRTC can do and what a tutorial makes of it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { launchBrowser } from './pages/browser.ts'
import { type SiteName, startSite } from './pages/site.ts'
import { type Cache, frames, gather, open, pressJoin, setUp, type Stage, usable } from './pages/stage.ts'
import { machine, type Report, spread } from './report.ts'

/** `door`: Join is pressed after a while, as by a person. `at once`: as soon as it can be. `auto`: nobody has to. */
type Way = 'door' | 'at once' | 'auto'

interface Cell {
  people: number
  /** Added to every round trip to the server, in milliseconds. */
  delay: number
  cache: Cache
  ways: Way[]
}

const CELLS: Cell[] = [
  { people: 2, delay: 0, cache: 'warm', ways: ['door', 'at once', 'auto'] },
  { people: 2, delay: 0, cache: 'cold', ways: ['door', 'at once', 'auto'] },
  { people: 2, delay: 50, cache: 'warm', ways: ['door', 'auto'] },
  { people: 2, delay: 150, cache: 'warm', ways: ['door', 'auto'] },
  { people: 2, delay: 150, cache: 'cold', ways: ['door', 'auto'] },
  { people: 3, delay: 0, cache: 'warm', ways: ['door', 'auto'] },
  { people: 4, delay: 0, cache: 'warm', ways: ['door', 'auto'] },
]

/** Long enough for sockets, credentials and devices at the door; shorter than anyone looks at their own picture. */
const AT_THE_DOOR_MS = 1_000

/** Somebody comes into a call that goes on. Answers each figure in milliseconds. */
async function come(page: Page, url: string, { way, others }: { way: Way; others: number }) {
  await open(page, url)
  if (way === 'auto') {
    const seen = await frames(page, others)
    return { 'navigation → first frame': Math.min(...seen), 'navigation → all frames': Math.max(...seen) }
  }
  if (way === 'at once') await page.evaluate(() => globalThis.stopwatch.press('Join'))
  const ready = await usable(page, 'Join')
  if (way === 'door') {
    await pause(AT_THE_DOOR_MS)
    await pressJoin(page)
  }
  const seen = await frames(page, others)
  const pressedAt = await page.evaluate(() => globalThis.stopwatch.pressedAt())
  const first = Math.min(...seen) - pressedAt
  if (way === 'at once') return { 'sum, Join pressed at once': ready + first }
  return {
    'navigation → Join enabled': ready,
    'Join → first frame': first,
    'Join → all frames': Math.max(...seen) - pressedAt,
    'sum to the first frame': ready + first,
  }
}

/** One round of one cell at one site. */
async function measure({ site, inside, visitor }: Stage, cell: Cell): Promise<Record<string, number>> {
  const times: Record<string, number> = {}
  const others = cell.people - 1
  for (const way of [site.door, site.inside]) way.roundTrip = cell.delay
  if (site.name === 'Maru') {
    const page = await visitor(cell.cache)
    await open(page, site.door.origin)
    times['navigation → home usable'] = await usable(page, 'New room')
  }
  const room = await site.newRoom()
  await gather(inside.slice(0, others), site.inside.origin + room)
  for (const way of cell.ways) {
    if (way === 'auto' && site.auto === undefined) continue
    const page = await visitor(cell.cache)
    const url = site.door.origin + room + (way === 'auto' ? site.auto : '')
    Object.assign(times, await come(page, url, { way, others }))
  }
  for (const page of inside.slice(0, others)) await page.goto('about:blank')
  return times
}

export async function firstFrame(rounds: number): Promise<Report> {
  const sizes = CELLS.map(({ people }) => people)
  await using all = new AsyncDisposableStack()
  const browsers = { inside: all.use(await launchBrowser()), outside: all.use(await launchBrowser()) }
  const stages: Stage[] = []
  for (const name of ['Maru', 'floor', 'React mesh'] satisfies SiteName[])
    stages.push(await setUp(all.use(await startSite(name)), browsers, Math.max(...sizes) - 1))
  const rows: Report['rows'] = []
  for (const cell of CELLS) {
    const samples = new Map<string, number[]>()
    for (let round = 0; round < rounds; round++)
      for (const stage of stages)
        for (const [figure, ms] of Object.entries(await measure(stage, cell))) {
          const key = `${stage.site.name}: ${figure}`
          samples.set(key, [...(samples.get(key) ?? []), ms])
        }
    const { people, delay, cache } = cell
    for (const [figure, times] of samples)
      rows.push({ people, delay, cache, figure, ...spread(times), rounds })
  }
  return {
    bench: 'first-frame',
    what: 'Milliseconds from the click on Join to the first frame of another person on the screen (one machine, no network between).',
    machine: machine(),
    rows,
  }
}

/** What a call costs each of its members: CPU of the whole browser, uplink, and the frames that arrive. */
import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { peerCapsFor } from '../apps/pwa/src/call/caps.ts'
import { type BenchBrowser, launchBrowser, remind, SMALL_WINDOW } from './pages/browser.ts'
import { type Site, startSite } from './pages/site.ts'
import { comeIn } from './pages/stage.ts'
import { atMost, machine, type Report, threeOf } from './report.ts'
import { rotated, type RoundOptions, roundsOf } from './rounds.ts'

/** Small and of one colour, so that two cores do for as many people as can be. */
const FILM = { width: 320, height: 180, rate: 15 }

/** A service worker is installed once, not in each call. */
const DEVICE = { viewport: SMALL_WINDOW, serviceWorkers: 'block' } as const

const SETTLE_MS = 1_500
const MEASURE_MS = 2_000
/** A call that takes more of the machine grows no further: with one more fewer pictures come, and a ratio says nothing. */
const FULL_PERCENT = 55

const NOTES = [
  `Everyone has a browser of their own; its CPU is that of all its processes, where 100 % is one core. Camera: one colour, ${FILM.width} × ${FILM.height}, ${FILM.rate} frames a second.`,
  `Windows of ${SMALL_WINDOW.width} × ${SMALL_WINDOW.height}. A call that takes more than ${FULL_PERCENT} % of the machine grows no further: with one more fewer pictures come, and a ratio says nothing.`,
  'The floor’s page shows everybody as large as Maru does, and is given the bitrate, the height and the frame rate that Maru allows a connection among so many people.',
]

/** Of one member, on average over all. */
interface Load {
  /** Of one core, in percent. */
  cpu: number
  /** Kilobits a second. */
  uplink: number
  /** Frames a second, from each of the others. */
  frames: number
}

const shareOfMachine = ({ cpu }: Load, people: number): number => (cpu * people) / cpus().length

interface Seat {
  browser: BenchBrowser
  page: Page
}

interface Counters {
  at: number
  sent: number
  decoded: number
}

/** Of all connections of a page since they were made; bytes include what packets are wrapped in. */
const count = (page: Page): Promise<Counters> =>
  page.evaluate(async () => {
    const open = globalThis.testConnections.filter(({ connectionState }) => connectionState === 'connected')
    let [sent, decoded] = [0, 0]
    for (const connection of open)
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type === 'transport') sent += stat.bytesSent
        if (stat.type === 'inbound-rtp' && stat.kind === 'video') decoded += stat.framesDecoded ?? 0
      }
    return { at: performance.now(), sent, decoded }
  })

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

async function measure(seats: Seat[]): Promise<Load> {
  const look = () =>
    Promise.all(
      seats.map(async ({ browser, page }) => ({ ...(await count(page)), cpu: await browser.cpuSeconds() })),
    )
  const began = await look()
  await pause(MEASURE_MS)
  const ended = await look()
  const rates = (of: (counters: (typeof began)[number]) => number): number[] =>
    ended.map((end, i) => (of(end) - of(began[i]!)) / ((end.at - began[i]!.at) / 1_000))
  return {
    cpu: mean(rates(({ cpu }) => cpu)) * 100,
    uplink: (mean(rates(({ sent }) => sent)) * 8) / 1_000,
    frames: mean(rates(({ decoded }) => decoded)) / (seats.length - 1),
  }
}

/** The floor's page keeps to the same caps as Maru's. */
async function cap(site: Site, seats: Seat[]): Promise<void> {
  if (site.name !== 'floor') return
  const { bitrate, frameRate, height } = peerCapsFor(seats.length)
  for (const { page } of seats)
    await page.evaluate((caps) => globalThis.cap(caps), { bitrate, frameRate, height })
}

/** One call that grows to its full size; answers what it costs at each. */
async function grow(
  site: Site,
  { most, browserOf }: { most: number; browserOf: (seat: number) => Promise<BenchBrowser> },
  onSize: (people: number, load: Load) => void,
) {
  const url = site.inside.origin + (await site.newRoom())
  const seats: Seat[] = []
  try {
    while (seats.length < most) {
      const browser = await browserOf(seats.length)
      const page = await browser.fresh()
      await remind(page.context(), site.inside.origin, site.memory())
      await comeIn(page, url, seats.length)
      seats.push({ browser, page })
      if (seats.length === 1) continue
      await cap(site, seats)
      await pause(SETTLE_MS)
      const load = await measure(seats)
      onSize(seats.length, load)
      if (shareOfMachine(load, seats.length) > FULL_PERCENT) return
    }
  } finally {
    await Promise.all(seats.map(({ page }) => page.context().close()))
  }
}

declare global {
  /** The floor's page: what each connection may send from now on. */
  var cap: (caps: { bitrate: number; frameRate: number; height: number }) => Promise<void>
}

const WHO = ['Maru', 'floor'] as const

/** Of rounds in which both were measured. */
const ratios = (ours: Load[], theirs: Load[]): number[] =>
  ours.slice(0, theirs.length).map(({ cpu }, round) => cpu / theirs[round]!.cpu)

export async function mesh(options: RoundOptions): Promise<Report> {
  const sizes = options.quick ? [2] : [2, 3, 4, 5]
  await using all = new AsyncDisposableStack()
  const browsers: BenchBrowser[] = []
  const browserOf = async (seat: number): Promise<BenchBrowser> =>
    (browsers[seat] ??= all.use(await launchBrowser({ film: FILM, context: DEVICE })))
  const sites = [all.use(await startSite('Maru')), all.use(await startSite('floor'))]
  const loads = new Map<string, Load[]>()
  const of = (who: string, people: number): Load[] => loads.get(`${who} ${people}`) ?? []
  for (const round of roundsOf(options))
    for (const site of rotated(sites, round))
      await grow(site, { most: Math.max(...sizes), browserOf }, (people, load) =>
        loads.set(`${site.name} ${people}`, [...of(site.name, people), load]),
      )
  return {
    bench: 'mesh',
    what: 'What a call costs each member, by the number of people. min / median / max.',
    machine: machine(),
    rows: sizes.flatMap((people) =>
      WHO.map((who) => ({
        people,
        who,
        'CPU %': threeOf(of(who, people).map(({ cpu }) => cpu)),
        'of the machine %': threeOf(of(who, people).map((load) => shareOfMachine(load, people))),
        'uplink kbit/s': threeOf(of(who, people).map(({ uplink }) => uplink)),
        'frames/s from each': threeOf(of(who, people).map(({ frames }) => frames)),
      })),
    ),
    goals: sizes.map((people) =>
      atMost(
        { what: `CPU per member, ${people} people / floor`, limit: 1.1, unit: '×' },
        ratios(of('Maru', people), of('floor', people)),
        'the machine is too small',
      ),
    ),
    notes: NOTES,
  }
}

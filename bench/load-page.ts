/** What pages weigh, and how soon they can be used on a slow 4G and a slow processor. */
import { get, type IncomingMessage } from 'node:http'
import type { Page } from '@playwright/test'
import { type BenchBrowser, launchBrowser } from './pages/browser.ts'
import { askLighthouse, type Verdict } from './pages/lighthouse.ts'
import { type Site, startSite } from './pages/site.ts'
import { type Cache, comeIn, open, pressJoin, setUp, usable } from './pages/stage.ts'
import { atMost, type Goal, machine, type Report, spreadOf, threeOf } from './report.ts'
import { type RoundOptions, roundsOf } from './rounds.ts'

/** Lighthouse's mobile profile (its `mobileSlow4G`): milliseconds, kilobits a second, and times as slow. */
const SLOW_4G = { roundTrip: 150, kbits: 1_638.4 }
const CPU_SLOWDOWN = 4
const PHONE = {
  viewport: { width: 412, height: 823 },
  deviceScaleFactor: 1.75,
  isMobile: true,
  hasTouch: true,
}

const NOTES = [
  'Usable: when the button that the page is for could first be pressed, from the navigation on (the call: Leave, from the press on Join).',
  `Slow 4G for real: a proxy with ${SLOW_4G.roundTrip} ms a round trip and ${SLOW_4G.kbits} kbit/s for HTTP and signaling alike, and Chromium's processor ${CPU_SLOWDOWN} times as slow. Values are Lighthouse's (mobileSlow4G).`,
  'Lighthouse: 12.8.2, its mobile profile, simulated throttling; "interactive" is its Time to Interactive. It sees home as a first visit.',
  'first: somebody new. cold: somebody whose browser has kept the name and nothing else. worker: from the second visit on, with the service worker. KB of 1,000 bytes; the call counts from its link on, and Join is pressed when the network is quiet.',
]

/** A file that fits into one packet gains nothing from being compressed, so a server may leave it as it is. */
const ONE_PACKET = 1_400

interface Weight {
  requests: number
  /** Bytes over the network: bodies as they were sent. */
  bytes: number
  scripts: string[]
}

/** Bytes of a response's body as sent for `Accept-Encoding: gzip`. */
async function gzipBytes(url: string): Promise<number> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, resolve).on('error', reject)
  })
  let bytes = 0
  for await (const chunk of response) bytes += (chunk as Buffer).length
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (response.statusCode !== 200 || (encoding !== 'gzip' && bytes > ONE_PACKET))
    throw new Error(`${url}: ${response.statusCode}, ${bytes} bytes, ${encoding}`)
  return bytes
}

/** Weighs what a page itself loads from the server from now on; what its worker stores away meanwhile isn't the page's. */
function weigh(page: Page): () => Promise<Weight> {
  const pending: Promise<number>[] = []
  const scripts = new Set<string>()
  page.on('requestfinished', (request) => {
    pending.push(
      (async () => {
        const response = await request.response()
        if (!response || response.fromServiceWorker()) return 0
        if (/javascript/.test(response.headers()['content-type'] ?? '')) scripts.add(request.url())
        return (await request.sizes()).responseBodySize
      })(),
    )
  })
  return async () => {
    await page.waitForLoadState('networkidle')
    const sizes = await Promise.all(pending)
    const sent = sizes.filter((size) => size > 0)
    return {
      requests: sent.length,
      bytes: sent.reduce((sum, size) => sum + size, 0),
      scripts: [...scripts],
    }
  }
}

async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN })
}

interface Sample extends Weight {
  usable: number
}

interface Visit {
  /** To home, or through the green room into the call. */
  to: 'home' | 'room'
  cache: Cache
}

const VISITS: Visit[] = [
  { to: 'home', cache: 'first' },
  { to: 'home', cache: 'warm' },
  { to: 'room', cache: 'cold' },
  { to: 'room', cache: 'warm' },
]

/** By page and cache, as the table names them; one sample a round. */
type Samples = Map<string, Sample[]>

const nameOf = (page: string, cache: Cache): string => `${page}, ${cache === 'warm' ? 'worker' : cache}`

/** Answers each page that is passed. */
async function look(page: Page, url: string, { to, cache }: Visit): Promise<Record<string, Sample>> {
  await slowDown(page)
  const weight = weigh(page)
  await open(page, url)
  if (to === 'home') {
    // A first visit is for telling one's name.
    const at = await usable(page, cache === 'first' ? 'Continue' : 'New room')
    return { [nameOf('home', cache)]: { usable: at, ...(await weight()) } }
  }
  const door = { usable: await usable(page, 'Join'), ...(await weight()) }
  await pressJoin(page)
  const at = await usable(page, 'Leave')
  const since = await page.evaluate(() => globalThis.stopwatch.pressedAt())
  const call = { usable: at - since, ...(await weight()) }
  return { [nameOf('green room', cache)]: door, [nameOf('call', cache)]: call }
}

interface Measured {
  samples: Samples
  verdicts: Verdict[]
}

async function measure(site: Site, outside: BenchBrowser, options: RoundOptions): Promise<Measured> {
  const host = await outside.fresh()
  const stage = await setUp(site, { inside: [host], outside })
  const room = await site.newRoom()
  await comeIn(host, site.inside.origin + room, 0)
  const samples: Samples = new Map()
  const verdicts: Verdict[] = []
  for (const _ of roundsOf(options)) {
    Object.assign(site.door, SLOW_4G)
    for (const way of VISITS) {
      const url = site.door.origin + (way.to === 'home' ? '/' : room)
      const passed = await stage.visit(way.cache, (page) => look(page, url, way))
      for (const [name, sample] of Object.entries(passed))
        samples.set(name, [...(samples.get(name) ?? []), sample])
    }
    Object.assign(site.door, { roundTrip: 0, kbits: Infinity })
    // It simulates the network itself.
    verdicts.push(await askLighthouse(site.inside.origin))
  }
  return { samples, verdicts }
}

export async function loadPage(options: RoundOptions): Promise<Report> {
  await using all = new AsyncDisposableStack()
  const outside = all.use(await launchBrowser({ context: PHONE }))
  const site = all.use(await startSite('Maru'))
  const { samples, verdicts } = await measure(site, outside, options)
  const rows = await Promise.all(
    [...samples].map(async ([name, rounds]) => {
      const gzip = await Promise.all(rounds[0]!.scripts.map(gzipBytes))
      return {
        page: name,
        requests: threeOf(rounds.map(({ requests }) => requests)),
        KB: threeOf(rounds.map(({ bytes }) => bytes / 1_000)),
        scripts: gzip.length,
        'JS gzip KB': (gzip.reduce((sum, size) => sum + size, 0) / 1_000).toFixed(1),
        'usable ms': threeOf(rounds.map((sample) => sample.usable)),
      }
    }),
  )
  return {
    bench: 'load-page',
    what: 'What pages weigh, and milliseconds until they can be used on a slow 4G. min / median / max.',
    machine: machine(),
    rows: [
      ...rows,
      {
        page: 'home by Lighthouse, first',
        'usable ms': threeOf(verdicts.map(({ interactive }) => interactive)),
        'largest paint ms': threeOf(verdicts.map(({ largestContentfulPaint }) => largestContentfulPaint)),
        score: threeOf(verdicts.map(({ score }) => score)),
      },
    ],
    goals: goalsOf({ samples, verdicts }),
    notes: NOTES,
  }
}

const LEAST_SCORE = 95

function goalsOf({ samples, verdicts }: Measured): Goal[] {
  const again = samples.get(nameOf('home', 'warm')) ?? []
  const scores = verdicts.map(({ score }) => score)
  return [
    atMost(
      { what: 'home usable, cold: Lighthouse’s Time to Interactive', limit: 1_800, unit: 'ms' },
      verdicts.map(({ interactive }) => interactive),
    ),
    atMost(
      { what: 'home usable on slow 4G, with the service worker', limit: 600, unit: 'ms' },
      again.map((sample) => sample.usable),
    ),
    {
      what: 'Lighthouse’s score of home',
      limit: `≥ ${LEAST_SCORE}`,
      value: threeOf(scores),
      met: spreadOf(scores).median >= LEAST_SCORE,
    },
  ]
}

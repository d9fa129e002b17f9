/** What happens at a page from the link to the door, and from Join to the first picture: files, signaling, connections. */
import { setTimeout as pause } from 'node:timers/promises'
import { frames, gather, open, pressJoin, type Stage, usable } from './stage.ts'

interface Step {
  /** `performance.now()` of the page. */
  at: number
  way: 'out' | 'in' | 'state'
  what: string
}

declare global {
  var traced: Step[]
}

/** Runs in the page, before its own scripts do. */
function startTrace(): void {
  const traced: Step[] = (globalThis.traced = [])
  const note = (way: Step['way'], what: unknown): void =>
    void traced.push({ at: performance.now(), way, what: String(what) })
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      this.addEventListener('open', () => note('state', 'socket open'))
      this.addEventListener('message', ({ data }) => note('in', data))
    }
    override send(data: string): void {
      note('out', data)
      super.send(data)
    }
  }
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      this.addEventListener('iceconnectionstatechange', () => note('state', `ICE ${this.iceConnectionState}`))
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') note('state', 'DTLS done')
      })
    }
  }
}

/** What a frame of any of the contenders carries, as far as it is on the way to a picture. */
const SIGNS: [name: string, pattern: RegExp][] = [
  ['look', /"room\.preview"/],
  ['the room', /"entry":/],
  ['join', /"room\.join"|^\{\}$|\["join"/],
  ['who is inside', /"snapshot"|"peers":|\["all-users"/],
  ['offer', /"type":"offer"/],
  ['answer', /"type":"answer"/],
  ['candidates', /"candidate":\{?"candidate:/],
]

function nameOf({ way, what }: Step): string | undefined {
  if (way === 'state') return what
  const signs = SIGNS.filter(([, pattern]) => pattern.test(what)).map(([name]) => name)
  return signs.length === 0 ? undefined : `${way === 'out' ? '→' : '←'} ${signs.join(' + ')}`
}

/** Runs in the page. */
function readArrival(): { at: number; name: string }[] {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  const [paint] = performance.getEntriesByName('first-contentful-paint')
  return [
    { at: navigation!.responseEnd, name: 'page' },
    { at: navigation!.domContentLoadedEventStart, name: 'scripts have run' },
    { at: paint?.startTime ?? Number.NaN, name: 'first paint' },
  ]
}

type Named = { at: number; name: string | undefined }[]

/** In words; every step in milliseconds after the first moment. */
const tell = (steps: Named, from: number, to: number): string =>
  steps
    .filter(({ at, name }) => name !== undefined && at >= from && at <= to)
    .sort((a, b) => a.at - b.at)
    // Candidates come one by one at some.
    .filter(({ name }, i, all) => name !== all[i - 1]?.name)
    .map(({ at, name }) => `${Math.round(at - from)} ${name}`)
    .join(', ')

/** One visit of somebody who has been there before: from the link to the door, and a join from there. */
export async function traceVisit({ site, inside, visit }: Stage, roundTrip: number): Promise<string[]> {
  for (const way of [site.door, site.inside]) way.roundTrip = roundTrip
  const room = await site.newRoom()
  const [host] = inside
  if (!host) throw new Error('nobody inside')
  await gather([host], site.inside.origin + room)
  const traces = await visit('warm', async (page) => {
    await page.addInitScript(startTrace)
    await open(page, site.door.origin + room)
    const ready = await usable(page, 'Join')
    await pause(1_000)
    const arrival = await page.evaluate(readArrival)
    await pressJoin(page)
    const [first = Number.NaN] = await frames(page, 1)
    const pressedAt = await page.evaluate(() => globalThis.stopwatch.pressedAt())
    const traced = await page.evaluate(() => globalThis.traced)
    const steps = traced.map((step) => ({ at: step.at, name: nameOf(step) }))
    return [
      `one visit: 0 link, ${tell([...arrival, ...steps, { at: ready, name: 'Join' }], 0, ready)}`,
      `one join: 0 press, ${tell([...steps, { at: first, name: 'first frame' }], pressedAt, first)}`,
    ]
  })
  await host.goto('about:blank')
  return traces.map((trace) => `${site.name} at ${roundTrip} ms a round trip, ${trace}.`)
}

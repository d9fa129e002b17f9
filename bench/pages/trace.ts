/** What happens at a page between the press on Join and the first picture: frames of signaling, and states of connections. */
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

/** One join from a warm door; every step in milliseconds after the press. */
export async function traceJoin({ site, inside, visit }: Stage, roundTrip: number): Promise<string> {
  for (const way of [site.door, site.inside]) way.roundTrip = roundTrip
  const room = await site.newRoom()
  const [host] = inside
  if (!host) throw new Error('nobody inside')
  await gather([host], site.inside.origin + room)
  const steps = await visit('warm', async (page) => {
    await page.addInitScript(startTrace)
    await open(page, site.door.origin + room)
    await usable(page, 'Join')
    await pause(1_000)
    await pressJoin(page)
    const [first = Number.NaN] = await frames(page, 1)
    const pressedAt = await page.evaluate(() => globalThis.stopwatch.pressedAt())
    const traced = await page.evaluate(() => globalThis.traced)
    const named = traced.map((step) => ({ at: step.at, name: nameOf(step) }))
    return (
      [...named, { at: first, name: 'first frame' }]
        .filter(({ at, name }) => name !== undefined && at >= pressedAt && at <= first)
        // Candidates come one by one at some.
        .filter(({ name }, i, all) => name !== all[i - 1]?.name)
        .map(({ at, name }) => `${Math.round(at - pressedAt)} ${name}`)
    )
  })
  await host.goto('about:blank')
  return `${site.name}, one join at ${roundTrip} ms a round trip: 0 press, ${steps.join(', ')}.`
}

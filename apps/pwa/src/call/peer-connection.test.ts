/** Two ends of a connection in one page of a real Chromium: what negotiation does when both speak at once. */
import { existsSync } from 'node:fs'
import type { Signal } from '@maru/api-types'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PeerConnection as PeerConnectionClass, PeerConnectionOptions } from './peer-connection.ts'

interface End {
  link: PeerConnectionClass
  states: string[]
  sent: Signal[]
  tracks: MediaStreamTrack[]
  /** How often new credentials were asked for; each time there were some. */
  refreshed: number
}
/** Set up in the page by `pair`. */
interface World {
  /** A fresh connection at one end, which remembers `lastGen`. */
  make(name: 'a' | 'b', lastGen: number): End
  a: End
  b: End
  /** Set to keep signals back: a server that takes its time. */
  hold: boolean
  held: (() => void)[]
}
declare const world: World

const executablePath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
)

let browser: Browser
let page: Page
beforeAll(async () => {
  if (executablePath === undefined) throw new Error('No Chromium: apt-get install chromium, or set CHROMIUM')
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: `${import.meta.dirname}/peer-connection.ts`, formats: ['iife'], name: 'built' },
    },
  })
  const [bundle] = Array.isArray(built) ? built : [built]
  const code = bundle && 'output' in bundle ? bundle.output[0].code : ''
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--allow-loopback-in-peer-connection'],
  })
  page = await browser.newPage()
  await page.addScriptTag({ content: code })
})
afterAll(() => browser?.close())

/** Fresh ends A and B (B is polite) whose signals reach each other in order, some milliseconds later. */
async function pair() {
  await page.evaluate(() => {
    const scope = globalThis as unknown as {
      world?: World
      built: { PeerConnection: typeof PeerConnectionClass }
    }
    scope.world?.a.link.close()
    scope.world?.b.link.close()
    const { PeerConnection } = scope.built
    const made = { hold: false, held: [] as World['held'] } as World
    scope.world = made
    const colour = (fill: string) => {
      const canvas = document.createElement('canvas')
      const context = canvas.getContext('2d')!
      const timer = setInterval(() => {
        context.fillStyle = fill
        context.fillRect(0, 0, canvas.width, canvas.height)
      }, 50)
      const track = canvas.captureStream(20).getVideoTracks()[0]!
      track.addEventListener('ended', () => clearInterval(timer))
      return track
    }
    made.make = (name, lastGen) => {
      const states: string[] = []
      const sent: Signal[] = []
      const tracks: MediaStreamTrack[] = []
      const options: PeerConnectionOptions = {
        polite: name === 'b',
        lastGen,
        iceServers: [],
        icePolicy: 'all',
        signaling: true,
        tracks: { audio: null, camera: colour(name === 'a' ? 'red' : 'blue'), screen: null },
        heardAt: () => 0,
        freshen: async () => {
          end.refreshed += 1
          const turn = { urls: ['turn:127.0.0.1:9'], username: `set ${end.refreshed}`, credential: 'c' }
          end.link.setIceServers([turn], 'all')
        },
        onState: (state) => void states.push(state),
        onTrack: (_slot, track) => void tracks.push(track),
        send: (signal) => {
          sent.push(signal)
          const deliver = () => made[name === 'a' ? 'b' : 'a'].link.gotSignal(structuredClone(signal))
          if (made.hold) made.held.push(deliver)
          else setTimeout(deliver, 5)
        },
      }
      const end: End = { link: new PeerConnection(options), states, sent, tracks, refreshed: 0 }
      return end
    }
    made.a = made.make('a', -1)
    made.b = made.make('b', -1)
  })
}

beforeEach(pair)

/** Both connected, frames of the camera decoded at both ends, and no transceiver too many. */
async function expectMedia() {
  await expect
    .poll(
      () =>
        page.evaluate(async () => {
          const ends = [world.a, world.b].map(async ({ link: { pc } }) => {
            if (pc?.signalingState !== 'stable') return pc?.signalingState
            const stats = [...(await pc.getStats()).values()]
            const seen = stats.some(
              (one) => one.type === 'inbound-rtp' && one.kind === 'video' && one.framesDecoded > 3,
            )
            return seen ? pc.connectionState : 'no frames'
          })
          return Promise.all(ends)
        }),
      { timeout: 8_000, interval: 50 },
    )
    .toEqual(['connected', 'connected'])
  const transceivers = await page.evaluate(() =>
    [world.a, world.b].map(({ link }) =>
      link.pc!.getTransceivers().map(({ mid, currentDirection }) => `${mid} ${currentDirection}`),
    ),
  )
  const three = ['0 sendrecv', '1 sendrecv', '2 sendrecv']
  expect(transceivers).toEqual([three, three])
}
const gens = () => page.evaluate(() => [world.a.link.gen, world.b.link.gen])

describe('P28: one side offers', () => {
  it('connects with three transceivers that the offerer made, in a frame of a few kilobytes', async () => {
    await page.evaluate(() => world.a.link.offer())
    await expectMedia()
    const sizes = await page.evaluate(() => world.a.sent.map((signal) => JSON.stringify(signal).length))
    expect(sizes[0]).toBeLessThan(8_000)
  })

  it('connects when the offer was prepared long before', async () => {
    await page.evaluate(async () => {
      world.a.link.prepare()
      await new Promise((resolve) => setTimeout(resolve, 200))
      if (world.a.sent.length > 0) throw new Error('a prepared connection must not speak')
      await world.a.link.offer()
    })
    await expectMedia()
    const spoken = await page.evaluate(() =>
      world.a.sent.map(({ description, candidates }) => [
        / typ host/.test(description?.sdp ?? ''),
        candidates?.length ?? 0,
      ]),
    )
    expect(spoken).toEqual([[true, 0]])
  })

  it('prepares anew on another network and for another way, not for new credentials alone', async () => {
    const kept = await page.evaluate(async () => {
      const turn = { urls: ['turn:127.0.0.1:9'], username: 'first', credential: 'c' }
      const { link } = world.a
      link.setIceServers([turn], 'all')
      link.prepare()
      const changes = [
        () => link.setIceServers([{ ...turn, username: 'second' }], 'all'),
        () => link.restart('network'),
        () => link.setIceServers([turn], 'relay'),
      ]
      const kept = []
      for (const change of changes) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        const before = link.pc
        change()
        kept.push(link.pc === before)
      }
      world.hold = true
      await link.offer()
      return { kept, gen: link.gen, told: JSON.stringify(world.a.sent) }
    })
    expect(kept).toMatchObject({ kept: [true, false, false], gen: 0 })
    expect(kept.told).toContain('"offer"')
    expect(kept.told).not.toContain(' typ host')
  })

  it('changes tracks without a word', async () => {
    await page.evaluate(() => world.a.link.offer())
    await expectMedia()
    const spoken = await page.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      const before = world.a.sent.length + world.b.sent.length
      const track = document.createElement('canvas').captureStream(5).getVideoTracks()[0]!
      world.b.link.setTrack('camera', null)
      world.a.link.setTrack('screen', track)
      world.a.link.setTrack('camera', null)
      await new Promise((resolve) => setTimeout(resolve, 300))
      return world.a.sent.length + world.b.sent.length - before
    })
    expect(spoken).toBe(0)
  })

  it('sends an offer again that nobody answered', async () => {
    await page.evaluate(async () => {
      world.hold = true
      await world.a.link.offer()
      world.held = []
      world.hold = false
    })
    await expectMedia()
  })
})

describe('P29: both at once', () => {
  it('before the first connect the polite side makes its connection anew', async () => {
    await page.evaluate(() => Promise.all([world.a.link.offer(), world.b.link.offer()]))
    await expectMedia()
    expect(await gens()).toEqual([0, 0])
  })

  it('a connection that was only prepared gives way to an offer', async () => {
    await page.evaluate(() => {
      world.a.link.prepare()
      return world.b.link.offer()
    })
    await expectMedia()
  })

  it('in an ICE restart the polite side rolls back, and the media goes on', async () => {
    await page.evaluate(() => world.a.link.offer())
    await expectMedia()
    const ufragOf = () =>
      page.evaluate(() => /ice-ufrag:(\S+)/.exec(world.a.link.pc!.localDescription!.sdp)![1])
    const before = await ufragOf()
    await page.evaluate(() => {
      world.a.link.restart('silence')
      world.b.link.restart('silence')
    })
    await expect.poll(ufragOf, { timeout: 5_000 }).not.toBe(before)
    await expectMedia()
    expect(await gens()).toEqual([0, 0])
  })

  it.each([0, 3, 6, 12, 25, 40])('survives offers that cross %i ms apart', async (distance) => {
    await page.evaluate(async (ms) => {
      void world.b.link.offer()
      await new Promise((resolve) => setTimeout(resolve, ms))
      void world.a.link.offer()
    }, distance)
    await expectMedia()
  })
})

describe('P29: incarnations', () => {
  it('a lower one is dropped', async () => {
    await page.evaluate(() => {
      world.a.link.close()
      world.a = world.make('a', 3)
      return world.a.link.offer()
    })
    await expectMedia()
    const stale = await page.evaluate(() => {
      const before = world.b.link.pc!.remoteDescription!.sdp
      world.b.link.gotSignal({ ...world.a.sent[0]!, gen: 3 })
      return world.b.link.pc!.remoteDescription!.sdp === before
    })
    expect(stale).toBe(true)
    expect(await gens()).toEqual([4, 4])
  })

  it('a higher one replaces the connection of an end that knows nothing of the trouble', async () => {
    await page.evaluate(() => world.a.link.offer())
    await expectMedia()
    await page.evaluate(() => {
      world.a.link.close()
      world.a = world.make('a', world.a.link.gen)
      return world.a.link.offer()
    })
    await expectMedia()
    expect(await gens()).toEqual([1, 1])
  })

  it('an end that has closed its own makes a higher one when the other still mends the old one', async () => {
    await page.evaluate(() => world.a.link.offer())
    await expectMedia()
    await page.evaluate(() => {
      world.b.link.close()
      world.b = world.make('b', world.b.link.gen)
      world.a.link.restart('silence')
    })
    await expectMedia()
    expect(await gens()).toEqual([1, 1])
  })
})

it('an end whose connection died under it makes a new one when it is spoken to', async () => {
  await page.evaluate(() => world.a.link.offer())
  await expectMedia()
  await page.evaluate(() => {
    world.b.link.pc!.close()
    world.a.link.restart('silence')
  })
  await expectMedia()
  expect(await gens()).toEqual([1, 1])
})

it('drops the candidates of a round that is over', async () => {
  await page.evaluate(() => world.a.link.offer())
  await expectMedia()
  const added = await page.evaluate(async () => {
    const pc = world.b.link.pc!
    let count = 0
    const original = pc.addIceCandidate.bind(pc)
    pc.addIceCandidate = (candidate?: RTCIceCandidateInit | null) => {
      count += 1
      return original(candidate)
    }
    const current = /ice-ufrag:(\S+)/.exec(pc.remoteDescription!.sdp)![1]!
    for (const usernameFragment of ['gone', current, null]) {
      const candidate = 'candidate:1 1 udp 2122260223 127.0.0.1 9 typ host'
      const candidates = [{ candidate, sdpMid: '0', sdpMLineIndex: 0, usernameFragment }]
      world.b.link.gotSignal({ gen: 0, candidates })
    }
    await new Promise((resolve) => setTimeout(resolve))
    return count
  })
  expect(added).toBe(2)
})

it('adds candidates only once their description is set: until then Chromium would stop the page', async () => {
  const order = await page.evaluate(async () => {
    const order: string[] = []
    const { prototype } = RTCPeerConnection
    // Without the callbacks of old, which TypeScript would ask for.
    const { setRemoteDescription, addIceCandidate } = prototype as {
      setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>
      addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void>
    }
    prototype.setRemoteDescription = async function (description) {
      await setRemoteDescription.call(this, description)
      order.push('set')
    }
    prototype.addIceCandidate = function (candidate) {
      order.push('candidate')
      return addIceCandidate.call(this, candidate)
    }
    try {
      world.hold = true
      await world.a.link.offer()
      const { gen, description } = world.a.sent[0]!
      const candidate = 'candidate:1 1 udp 2122260223 127.0.0.1 9 typ host'
      const usernameFragment = /ice-ufrag:(\S+)/.exec(description!.sdp)![1]!
      const candidates = [{ candidate, sdpMid: '0', sdpMLineIndex: 0, usernameFragment }]
      world.b.link.gotSignal({ gen, description: description! })
      world.b.link.gotSignal({ gen, candidates })
      while (order.length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    } finally {
      Object.assign(prototype, { setRemoteDescription, addIceCandidate })
    }
    return order
  })
  expect(order).toEqual(['set', 'candidate'])
})

it('asks no sender again for limits that it has, and sets others', async () => {
  await page.evaluate(() => world.a.link.offer())
  await expectMedia()
  const asked = await page.evaluate(async () => {
    const { prototype } = RTCRtpSender
    const { getParameters } = prototype
    let count = 0
    prototype.getParameters = function () {
      count += 1
      return getParameters.call(this)
    }
    const asked: number[] = []
    const caps = { height: 360, frameRate: 30, bitrate: 500_000 }
    try {
      for (const bitrate of [500_000, 500_000, 200_000]) {
        count = 0
        world.a.link.setCaps({ ...caps, bitrate, screen: { ...caps, bitrate } })
        await new Promise((resolve) => setTimeout(resolve, 300))
        asked.push(count)
      }
    } finally {
      prototype.getParameters = getParameters
    }
    const [encoding] = world.a.link.pc!.getTransceivers()[1]!.sender.getParameters().encodings
    return { asked, bitrate: encoding!.maxBitrate }
  })
  // Audio, camera and screen; then nobody; then the two whose limits are others.
  expect(asked).toEqual({ asked: [3, 0, 2], bitrate: 200_000 })
})

const offersOfA = () =>
  page.evaluate(() => world.a.sent.filter((one) => one.description?.type === 'offer').length)

describe('mending', () => {
  it('asks for new credentials first, and gathers with them', async () => {
    await page.evaluate(() => world.a.link.offer())
    await expectMedia()
    const before = await offersOfA()
    await page.evaluate(() => world.a.link.restart('silence'))
    await expect.poll(offersOfA).toBe(before + 1)
    const used = await page.evaluate(() => world.a.link.pc!.getConfiguration().iceServers![0]!.username)
    expect(used).toBe('set 1')
    await expectMedia()
  })

  it('begins anew on another network, whatever is under way; silence alone only once', async () => {
    await page.evaluate(() => world.a.link.offer())
    await expectMedia()
    await page.evaluate(() => {
      world.hold = true
      world.a.link.restart('silence')
      world.a.link.restart('silence')
    })
    expect(await page.evaluate(() => world.a.refreshed)).toBe(1)
    await page.evaluate(() => world.a.link.restart('network'))
    expect(await page.evaluate(() => world.a.refreshed)).toBe(2)
  })

  it('leaves it to the other side when that has begun', async () => {
    await page.evaluate(() => world.a.link.offer())
    await expectMedia()
    await page.evaluate(() => world.b.link.restart('silence'))
    await expect
      .poll(() => page.evaluate(() => world.b.sent.some((one) => one.description?.type === 'offer')))
      .toBe(true)
    await page.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      world.a.link.restart('silence')
    })
    await expectMedia()
    expect(await page.evaluate(() => [world.a.refreshed, world.b.refreshed])).toEqual([0, 1])
    await page.evaluate(() => world.a.link.restart('network'))
    expect(await page.evaluate(() => world.a.refreshed)).toBe(1)
  })

  it('relays that were held back are for whoever has no path', async () => {
    await page.evaluate(async () => {
      world.hold = true
      await world.a.link.offer()
      world.a.link.setIceServers(
        [{ urls: ['turn:127.0.0.1:9'], username: 'u', credential: 'c' }],
        'all',
        true,
      )
      world.hold = false
      for (const deliver of world.held.splice(0)) deliver()
    })
    await expect.poll(offersOfA).toBe(2)
    await expectMedia()
    await page.evaluate(() => world.a.link.setIceServers([], 'all', true))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await offersOfA()).toBe(2)
  })

  it('makes a new incarnation when three restarts came to nothing', async () => {
    await page.clock.install()
    await pair()
    await page.evaluate(() => world.a.link.offer())
    await expectMedia()
    const before = await offersOfA()
    await page.evaluate(() => {
      world.hold = true
      world.a.link.restart('network')
    })
    await expect.poll(offersOfA).toBe(before + 1)
    for (const refreshed of [2, 3]) {
      await page.clock.fastForward(5_000)
      expect(await page.evaluate(() => [world.a.refreshed, world.a.link.gen])).toEqual([refreshed, 0])
    }
    await page.clock.fastForward(5_000)
    expect(await page.evaluate(() => [world.a.refreshed, world.a.link.gen])).toEqual([3, 1])
    await page.evaluate(() => {
      world.hold = false
      for (const deliver of world.held.splice(0)) deliver()
    })
    await expectMedia()
    expect(await gens()).toEqual([1, 1])
  })

  it('says after 20 s that somebody can’t be reached, and goes on trying; not while the server is away', async () => {
    await page.clock.install()
    await pair()
    const state = () =>
      page.evaluate(() => {
        world.a.link.check()
        return world.a.link.state
      })
    await page.evaluate(() => {
      world.hold = true
      void world.a.link.offer()
    })
    await page.clock.fastForward(15_000)
    expect(await state()).toBe('connecting')
    await page.evaluate(() => world.a.link.setSignaling(false))
    await page.clock.fastForward(30_000)
    expect(await state()).toBe('connecting')
    await page.evaluate(() => world.a.link.setSignaling(true))
    await page.clock.fastForward(19_000)
    expect(await state()).toBe('connecting')
    await page.clock.fastForward(2_000)
    expect(await state()).toBe('failed')
    await page.evaluate(() => {
      world.hold = false
      for (const deliver of world.held.splice(0)) deliver()
    })
    await expectMedia()
    expect(await state()).toBe('connected')
  })
})

/** Who connects to whom, by the log's word; the connections themselves only note what they are told. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { peerCapsFor } from './caps.ts'
import { type Link, makeMesh } from './mesh.ts'
import type { PeerConnectionOptions } from './peer-connection.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function make() {
  const made: {
    peerId: string
    options: PeerConnectionOptions
    calls: string[]
    connection: { connectionState: string } | undefined
  }[] = []
  const gone: string[] = []
  const heard = new Map<string, number>()
  let next = ''
  const sent: [string, unknown][] = []
  const mesh = makeMesh({
    send: (to, signal) => void sent.push([to, signal]),
    onState() {},
    onTrack() {},
    onGone: (peerId) => void gone.push(peerId),
    heardAt: (peerId) => heard.get(peerId) ?? 0,
    quietMs: () => 1_000,
    freshen: () => Promise.resolve(),
    connect(options): Link {
      const calls: string[] = []
      const note =
        (name: string) =>
        (...args: unknown[]) =>
          void calls.push([name, ...args].map(String).join(' '))
      // Asks the mesh who this is for, by having it send something.
      options.send({ gen: 0 })
      next = sent.pop()![0]
      const one: (typeof made)[number] = {
        peerId: next,
        options,
        calls,
        connection: { connectionState: 'connected' },
      }
      made.push(one)
      return {
        gen: options.lastGen + 1,
        state: 'connected',
        get pc() {
          return one.connection as RTCPeerConnection | undefined
        },
        prepare: note('prepare'),
        offer: async () => void calls.push('offer'),
        expectOffer: note('expectOffer'),
        gotSignal: note('gotSignal'),
        setTrack: note('setTrack'),
        setCaps: (caps) => void calls.push(`caps ${caps.height}`),
        setIceServers: note('setIceServers'),
        setSignaling: note('setSignaling'),
        restart: note('restart'),
        check: note('check'),
        refreshPicture: note('refreshPicture'),
        close: note('close'),
      }
    },
  })
  const callsOf = (peerId: string) => made.filter((one) => one.peerId === peerId).map(({ calls }) => calls)
  return { mesh, made, gone, heard, callsOf }
}
const did = (calls: string[] | undefined, what: string) =>
  calls?.filter((call) => call.startsWith(what)).length ?? 0

describe('P28: who joined later offers', () => {
  it('offers to those before, and waits for those behind and those who come', () => {
    const { mesh, callsOf } = make()
    mesh.snapshot('me', ['a', 'b', 'me', 'c'])
    void mesh.joined('d')
    for (const [peerId, what, not] of [
      ['a', 'offer', 'expectOffer'],
      ['b', 'offer', 'expectOffer'],
      ['c', 'expectOffer', 'offer'],
      ['d', 'expectOffer', 'offer'],
    ] as const) {
      expect([peerId, did(callsOf(peerId)[0], what), did(callsOf(peerId)[0], not)]).toEqual([peerId, 1, 0])
    }
  })

  it('P29: the lower peerId is polite', () => {
    const { mesh, made } = make()
    mesh.snapshot('m', ['a', 'm', 'z'])
    expect(made.map(({ peerId, options }) => [peerId, options.polite])).toEqual([
      ['a', false],
      ['z', true],
    ])
  })

  it('offers to those who came while oneself had expired, for they take it for the later one', () => {
    const { mesh, made, callsOf } = make()
    mesh.snapshot('me', ['a', 'me'])
    void mesh.joined('b')
    // Of `b` nothing has been heard yet.
    made.find(({ peerId }) => peerId === 'b')!.connection = undefined
    void mesh.joined('me')
    expect(did(callsOf('b')[0], 'offer')).toBe(1)
    expect(did(callsOf('a')[0], 'offer')).toBe(1)
  })

  it('never connects to itself', () => {
    const { mesh, made } = make()
    mesh.prepare('me', ['me'])
    mesh.snapshot('me', ['me'])
    void mesh.joined('me')
    expect(made).toHaveLength(0)
  })
})

describe('P30: offers from the door', () => {
  it('go once to those whom the preview showed last; those who came in between follow after the snapshot', async () => {
    const { mesh, callsOf } = make()
    mesh.prepare('me', ['a', 'b'])
    mesh.prepare('me', ['b', 'c'])
    expect(did(callsOf('a')[0], 'close')).toBe(1)
    await mesh.preOffer()
    mesh.snapshot('me', ['b', 'd', 'me'])
    expect(did(callsOf('b')[0], 'offer')).toBe(1)
    expect(did(callsOf('d')[0], 'offer')).toBe(1)
    // Offered to, but not inside any more: nothing is kept of it.
    expect(did(callsOf('c')[0], 'close')).toBe(1)
    expect([...mesh.links().keys()].toSorted()).toEqual(['b', 'd'])
  })
})

describe('P26: who is gone', () => {
  it.each(['left', 'removed', 'replaced'] as const)('left{%s} closes at once', (reason) => {
    const { mesh, callsOf } = make()
    mesh.snapshot('me', ['a', 'me'])
    mesh.left('a', reason)
    expect(did(callsOf('a')[0], 'close')).toBe(1)
    expect(mesh.links().size).toBe(0)
  })

  it('left{expired} only marks, until the media was silent for 10 s', async () => {
    const { mesh, gone, heard, callsOf } = make()
    mesh.snapshot('me', ['a', 'me'])
    mesh.left('a', 'expired')
    expect(mesh.isMarked('a')).toBe(true)
    heard.set('a', performance.now())
    const pass = async (seconds: number) => {
      for (let n = 0; n < seconds; n++) {
        await vi.advanceTimersByTimeAsync(1_000)
        mesh.tick()
      }
    }
    await pass(9)
    expect(gone).toEqual([])
    heard.set('a', performance.now())
    await pass(10)
    expect(gone).toEqual([])
    await pass(1)
    expect(gone).toEqual(['a'])
    expect(did(callsOf('a')[0], 'close')).toBe(1)
  })

  it('a marked one whose connection failed is gone at once', () => {
    const { mesh, made, gone, heard } = make()
    mesh.snapshot('me', ['a', 'me'])
    heard.set('a', performance.now())
    mesh.left('a', 'expired')
    made[0]!.connection!.connectionState = 'failed'
    mesh.tick()
    expect(gone).toEqual(['a'])
  })

  it('absence from a later snapshot marks, and joined adopts the same connection', () => {
    const { mesh, made, heard, gone } = make()
    mesh.snapshot('me', ['a', 'b', 'me'])
    heard.set('a', performance.now())
    mesh.snapshot('me', ['b', 'me'])
    expect(mesh.isMarked('a')).toBe(true)
    expect(mesh.isMarked('b')).toBe(false)
    mesh.tick()
    void mesh.joined('a')
    expect(mesh.isMarked('a')).toBe(false)
    expect(made).toHaveLength(2)
    expect(gone).toEqual([])
  })

  it('says nothing to a marked one, and again when it is back', () => {
    const { mesh, callsOf } = make()
    mesh.snapshot('me', ['a', 'me'])
    mesh.left('a', 'expired')
    mesh.setSignaling(false)
    mesh.setSignaling(true)
    expect(
      callsOf('a')[0]!
        .filter((call) => call.startsWith('setSignaling'))
        .at(-1),
    ).toBe('setSignaling false')
    void mesh.joined('a')
    expect(callsOf('a')[0]!.at(-2)).toBe('setSignaling true')
  })

  it('P29: whoever comes back after their connection was closed gets a higher incarnation, at once', () => {
    const { mesh, made, callsOf } = make()
    mesh.snapshot('me', ['a', 'me'])
    mesh.left('a', 'expired')
    made[0]!.connection!.connectionState = 'failed'
    mesh.tick()
    void mesh.joined('a')
    expect(made.map(({ options }) => options.lastGen)).toEqual([-1, 0])
    expect(callsOf('a')[1]).toContain('offer')
  })
})

describe('the uplink', () => {
  it('is shared by the number of people, oneself included, as they come and go', async () => {
    const { mesh, callsOf } = make()
    mesh.snapshot('me', ['a', 'me'])
    expect(callsOf('a')[0]!.at(-1)).toBe('caps 720')
    const joins = ['b', 'c', 'd'].map((peerId) => mesh.joined(peerId))
    vi.advanceTimersByTime(300)
    await Promise.all(joins)
    expect(callsOf('a')[0]!.at(-1)).toBe('caps 270')
    mesh.left('d', 'left')
    expect(callsOf('a')[0]!.at(-1)).toBe('caps 360')
  })

  it('is shared anew once the newcomer has an answer, who begins with their part', async () => {
    const { mesh, made, callsOf } = make()
    mesh.snapshot('me', ['a', 'me'])
    const join = mesh.joined('b')
    expect(callsOf('b')[0]).toContain('caps 360')
    expect(callsOf('a')[0]!.at(-1)).toBe('caps 720')
    made.at(-1)!.options.send({ gen: 0, description: { type: 'answer', sdp: '' } })
    await join
    expect(callsOf('a')[0]!.at(-1)).toBe('caps 360')
  })

  it('has a table that only falls', () => {
    const table = Array.from({ length: 10 }, (_, index) => peerCapsFor(index + 1))
    for (const key of ['height', 'frameRate', 'bitrate'] as const) {
      const values = table.map((caps) => caps[key])
      expect(values).toEqual(values.toSorted((a, b) => b - a))
    }
    for (const [index, { screen }] of table.entries()) {
      const others = Math.max(1, index)
      expect(screen.bitrate * others).toBeLessThanOrEqual(3_000_000)
      // Letters have to stay readable, however many there are.
      expect(screen.height).toBeGreaterThanOrEqual(720)
    }
    expect(peerCapsFor(10).bitrate * 9).toBeLessThan(peerCapsFor(2).bitrate)
  })
})

describe('recovery', () => {
  /** Ticks once a second, while those named are heard. */
  const pass = async (made: ReturnType<typeof make>, seconds: number, ...audible: string[]) => {
    for (let n = 0; n < seconds; n++) {
      await vi.advanceTimersByTimeAsync(1_000)
      for (const peerId of audible) made.heard.set(peerId, performance.now())
      made.mesh.tick()
    }
  }

  it('suspects a silent path after three times its pause, and at once when the server is just back', async () => {
    const made = make()
    const { mesh, callsOf } = made
    mesh.snapshot('me', ['a', 'b', 'me'])
    await pass(made, 10, 'a', 'b')
    await pass(made, 3, 'b')
    expect(did(callsOf('a')[0], 'restart')).toBe(0)
    await pass(made, 1, 'b')
    expect(did(callsOf('a')[0], 'restart')).toBe(1)
    await pass(made, 1, 'a', 'b')
    mesh.setSignaling(false)
    await pass(made, 10)
    expect(did(callsOf('b')[0], 'restart')).toBe(0)
    mesh.setSignaling(true)
    await pass(made, 1)
    expect(did(callsOf('b')[0], 'restart')).toBe(1)
  })

  it('doesn’t judge by what was measured before the page slept, nor before anything was', async () => {
    const made = make()
    made.mesh.snapshot('me', ['a', 'b', 'me'])
    await pass(made, 5, 'a')
    await vi.advanceTimersByTimeAsync(60_000)
    made.mesh.tick()
    expect(did(made.callsOf('a')[0], 'restart')).toBe(0)
    expect(did(made.callsOf('b')[0], 'restart')).toBe(0)
  })

  it('looks for new paths at once on another network', () => {
    const { mesh, callsOf } = make()
    mesh.snapshot('me', ['a', 'b', 'me'])
    mesh.networkChanged()
    for (const peerId of ['a', 'b']) expect(did(callsOf(peerId)[0], 'restart')).toBe(1)
  })
})

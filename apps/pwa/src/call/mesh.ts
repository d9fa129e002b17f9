/** Who is connected to whom. Everybody to everybody here; nothing else decides it. */
import type { IceServer, LeftReason, Signal } from '@maru/api-types'
import { peerCapsFor } from './caps.ts'
import type { Slot, Tracks } from './negotiation.ts'
import { type LinkState, PeerConnection, type PeerConnectionOptions } from './peer-connection.ts'

/** What the mesh needs of a connection. */
export type Link = Pick<
  PeerConnection,
  | 'gen'
  | 'state'
  | 'pc'
  | 'prepare'
  | 'offer'
  | 'expectOffer'
  | 'gotSignal'
  | 'setTrack'
  | 'setCaps'
  | 'setIceServers'
  | 'setSignaling'
  | 'restart'
  | 'check'
  | 'refreshPicture'
  | 'close'
>

export interface MeshOptions {
  send(to: string, signal: Signal): void
  onState(peerId: string, state: LinkState): void
  onTrack(peerId: string, slot: Slot, track: MediaStreamTrack): void
  /** Someone whom the server had lost sight of has gone for good: the media ended too. */
  onGone(peerId: string): void
  /** When the last sign of life came over the media connection; `performance.now()`, 0 if never. */
  heardAt(peerId: string): number
  /** How long a healthy path to this one may be silent: one without microphone and camera has little to say. */
  quietMs(peerId: string): number
  /** Before a path is looked for again: resolves soon, after `setIceServers` where there are new credentials. */
  freshen(): Promise<void>
  /** Makes a connection; tests give their own. */
  connect?(options: PeerConnectionOptions): Link
}

export interface Mesh {
  /** At the door: makes offers to those who are inside, and keeps them. */
  prepare(selfId: string, inside: string[]): void
  /** Offers to those who were prepared for (P30). Resolves when all offers were handed to `send`, or after 150 ms. */
  preOffer(): Promise<void>
  /** Everyone inside, in the order of joining, oneself included. */
  snapshot(selfId: string, peerIds: string[]): void
  /** Resolves once an offer of this one is answered, which nothing else should delay: at the latest after 300 ms. */
  joined(peerId: string): Promise<void>
  left(peerId: string, reason: LeftReason): void
  gotSignal(from: string, signal: Signal): void
  setTrack(slot: Slot, track: MediaStreamTrack | null): void
  /** @param more there are relays among them that were held back before */
  setIceServers(iceServers: IceServer[], policy: RTCIceTransportPolicy, more?: boolean): void
  setSignaling(open: boolean): void
  /** Another network: every path is looked for anew. */
  networkChanged(): void
  /** About once a second: looks after those whom the server has lost sight of, and after paths that are silent. */
  tick(): void
  /** Whoever was cut off needs a picture that stands by itself. */
  refreshPicture(peerId: string): void
  /** Whether the server has lost sight of this one. */
  isMarked(peerId: string): boolean
  links(): ReadonlyMap<string, Pick<Link, 'pc' | 'state'>>
  close(): void
}

/** A connection that was silent this long has ended (P26). Milliseconds. */
const SILENT_MS = 10_000
/**
 * For so long after the server is back a path that is silent is suspected at once; at other times only after several
 * times as long, which is still half of what the browser takes to call it disconnected.
 */
const REOPENED_MS = 6_000
const PATIENCE = 3
/** Between two ticks: a page that slept has measured nothing. */
const SLEPT_MS = 3_000
const PRE_OFFER_MS = 150
/** A newcomer's offer comes right behind them. A browser answers in 50 ms, one without time to spare in several times that. */
const ANSWER_MS = 300

interface Entry {
  link: Link
  marked: boolean
  /** Not confirmed by the log yet: offered to because the door showed them. */
  early: boolean
  /** Somebody waits for it. */
  onAnswer?: () => void
}

export function makeMesh(options: MeshOptions): Mesh {
  const entries = new Map<string, Entry>()
  /** Incarnations outlive their connections: an old one must never be taken for a new one. */
  const gens = new Map<string, number>()
  const tracks: Tracks = { audio: null, camera: null, screen: null }
  const connect = (given: PeerConnectionOptions): Link =>
    options.connect?.(given) ?? new PeerConnection(given)
  let selfId = ''
  let iceServers: IceServer[] = []
  let icePolicy: RTCIceTransportPolicy = 'all'
  let signaling = true
  let reopenedAt = -REOPENED_MS
  let tickedAt = performance.now()
  let closed = false

  const add = (peerId: string, early: boolean): Entry => {
    const link = connect({
      polite: selfId < peerId,
      lastGen: gens.get(peerId) ?? -1,
      iceServers,
      icePolicy,
      tracks,
      signaling,
      send(signal) {
        options.send(peerId, signal)
        if (signal.description?.type === 'answer') entries.get(peerId)?.onAnswer?.()
      },
      heardAt: () => options.heardAt(peerId),
      onState: (state) => options.onState(peerId, state),
      onTrack: (slot, track) => options.onTrack(peerId, slot, track),
      freshen: () => options.freshen(),
    })
    const entry: Entry = { link, marked: false, early }
    entries.set(peerId, entry)
    return entry
  }

  const remove = (peerId: string) => {
    const entry = entries.get(peerId)
    if (!entry) return
    gens.set(peerId, entry.link.gen)
    entry.link.close()
    entries.delete(peerId)
    share()
  }

  const mark = (entry: Entry) => {
    entry.marked = true
    // Whatever is sent to them now is refused.
    entry.link.setSignaling(false)
  }

  const adopt = (entry: Entry) => {
    entry.marked = entry.early = false
    entry.link.setSignaling(signaling)
  }

  /** In again after having expired: now one is later than those who came meanwhile, and they wait (P28). */
  const offerToUnheard = () => {
    for (const { link, marked } of entries.values()) if (!link.pc && !marked) void link.offer()
  }

  const share = () => {
    const caps = peerCapsFor(entries.size + 1)
    for (const { link } of entries.values()) link.setCaps(caps)
  }

  const answered = (entry: Entry): Promise<void> =>
    new Promise((resolve) => {
      entry.onAnswer = resolve
      setTimeout(resolve, ANSWER_MS)
    })

  return {
    prepare(self, inside) {
      selfId = self
      for (const peerId of inside) {
        if (peerId !== selfId && !entries.has(peerId)) add(peerId, true).link.prepare()
      }
      for (const peerId of entries.keys()) if (!inside.includes(peerId)) remove(peerId)
      share()
    },
    async preOffer() {
      const offers = [...entries.values()].map(({ link }) => link.offer())
      await Promise.race([
        Promise.allSettled(offers),
        new Promise((resolve) => setTimeout(resolve, PRE_OFFER_MS)),
      ])
    },
    snapshot(self, peerIds) {
      selfId = self
      const inside = new Set(peerIds)
      for (const [peerId, entry] of entries) {
        if (inside.has(peerId)) continue
        if (entry.early) remove(peerId)
        else mark(entry)
      }
      let before = true
      for (const peerId of peerIds) {
        if (peerId === selfId) {
          before = false
          continue
        }
        const known = entries.get(peerId)
        if (known) adopt(known)
        else if (before) void add(peerId, false).link.offer()
        else add(peerId, false).link.expectOffer()
      }
      share()
    },
    async joined(peerId) {
      if (peerId === selfId) return offerToUnheard()
      const known = entries.get(peerId)
      if (known) adopt(known)
      // Back after its connection was given up here, of which it may know nothing: it has slept, and would wait for us.
      else if (gens.has(peerId)) void add(peerId, false).link.offer()
      else {
        const entry = add(peerId, false)
        entry.link.setCaps(peerCapsFor(entries.size + 1))
        entry.link.expectOffer()
        await answered(entry)
      }
      share()
    },
    left(peerId, reason) {
      const entry = entries.get(peerId)
      if (entry && reason === 'expired') mark(entry)
      else remove(peerId)
    },
    gotSignal: (from, signal) => entries.get(from)?.link.gotSignal(signal),
    setTrack(slot, track) {
      tracks[slot] = track
      for (const { link } of entries.values()) link.setTrack(slot, track)
    },
    setIceServers(servers, policy, more) {
      iceServers = servers
      icePolicy = policy
      for (const { link } of entries.values()) link.setIceServers(servers, policy, more)
    },
    setSignaling(open) {
      if (open && !signaling) reopenedAt = performance.now()
      signaling = open
      for (const { link, marked } of entries.values()) link.setSignaling(open && !marked)
    },
    networkChanged() {
      for (const { link } of entries.values()) link.restart('network')
    },
    tick() {
      const now = performance.now()
      const slept = now - tickedAt > SLEPT_MS
      tickedAt = now
      // What was measured before is too old to judge by.
      if (slept) return
      for (const [peerId, { link, marked }] of entries) {
        const heardAt = options.heardAt(peerId)
        const silentFor = now - heardAt
        if (marked) {
          const over = link.pc?.connectionState === 'failed' || link.pc?.connectionState === 'closed'
          if (!link.pc || over || silentFor > SILENT_MS) {
            remove(peerId)
            options.onGone(peerId)
          }
          continue
        }
        link.check()
        const quietMs = options.quietMs(peerId) * (now - reopenedAt < REOPENED_MS ? 1 : PATIENCE)
        // Never measured yet isn't silent.
        if (signaling && heardAt > 0 && link.state === 'connected' && silentFor > quietMs)
          link.restart('silence')
      }
    },
    refreshPicture: (peerId) => entries.get(peerId)?.link.refreshPicture(),
    isMarked: (peerId) => entries.get(peerId)?.marked === true,
    links: () => new Map(Array.from(entries, ([peerId, { link }]) => [peerId, link])),
    close() {
      if (closed) return
      closed = true
      for (const peerId of entries.keys()) remove(peerId)
    },
  }
}

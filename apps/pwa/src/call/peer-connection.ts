/** The media connection with one remote peer through all its incarnations: making, mending, remaking it. */
import type { IceServer, Signal, SignalDescription } from '@maru/api-types'
import { applyCaps, type PeerCaps, sendKeyFrame } from './caps.ts'
import { Negotiation, type Slot, type Tracks } from './negotiation.ts'

export type LinkState = 'connecting' | 'connected' | 'reconnecting' | 'failed'

export interface PeerConnectionOptions {
  /** W3C webrtc-pc §10.7; here: who has the lower peerId. */
  polite: boolean
  /** The last incarnation that was seen with this peer, −1 if none. */
  lastGen: number
  iceServers: IceServer[]
  icePolicy: RTCIceTransportPolicy
  tracks: Readonly<Tracks>
  signaling: boolean
  send(signal: Signal): void
  /** When the last sign of life came over the media path; `performance.now()`, 0 if never. */
  heardAt(): number
  onState(state: LinkState): void
  onTrack(slot: Slot, track: MediaStreamTrack): void
  /** Resolves soon, after `setIceServers` with new credentials where there are any. */
  freshen(): Promise<void>
}

/** Milliseconds that each step may take before the next one is tried. */
const FIRST_CONNECT_MS = 10_000
const RESTART_MS = 5_000
const LONGEST_MS = 30_000
/** The polite side waits a little longer, so that not both remake the connection at once. */
const POLITE_MS = 1_500
const RESTARTS = 3
/** Of what a connection may send in the end, the part that it begins with. */
const START_SHARE = 2 / 3
/** Who isn't reached within this is told so, whatever is still being tried. */
const HOPELESS_MS = 20_000
/** A path that was heard of this recently works. */
const FLOWS_MS = 2_000
/** For so long what an offer was prepared with holds: relays are refreshed, but not with credentials from long ago. */
const FRESH_MS = 10 * 60_000

const urlsOf = (iceServers: IceServer[]): string => iceServers.flatMap(({ urls }) => urls).join(' ')

export class PeerConnection {
  #options: PeerConnectionOptions
  #conn: Negotiation | undefined
  #gen: number
  #state: LinkState = 'connecting'
  #caps: PeerCaps | undefined
  #signaling: boolean
  #iceServers: IceServer[]
  #icePolicy: RTCIceTransportPolicy
  #restarts = 0
  #remakes = 0
  #everConnected = false
  /** Since when a first path has been looked for with a server to carry the signals; `performance.now()`. */
  #triesFrom: number | undefined
  /** When the other side last began to mend it; `performance.now()`. */
  #mendedAt = -RESTART_MS
  /** `performance.now()`. */
  #preparedAt = 0
  /** Something is to be mended as soon as the other side can be told. */
  #pending = false
  #closed = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: PeerConnectionOptions) {
    this.#options = options
    this.#gen = options.lastGen
    this.#signaling = options.signaling
    this.#iceServers = options.iceServers
    this.#icePolicy = options.icePolicy
  }

  get gen(): number {
    return this.#gen
  }

  get state(): LinkState {
    return this.#state
  }

  /** The present RTCPeerConnection, to be measured; `undefined` before there is one. */
  get pc(): RTCPeerConnection | undefined {
    return this.#conn?.pc
  }

  /** Makes an offer and gathers its candidates; nothing of it is sent. */
  prepare(): void {
    if (this.#conn) return
    this.#gen += 1
    this.#prepare()
  }

  /** Offers, in a new incarnation unless one was prepared. Resolves once the offer was handed to `send`. */
  async offer(): Promise<void> {
    if (this.#conn?.isUntold && performance.now() - this.#preparedAt > FRESH_MS) this.#prepareAnew()
    if (!this.#conn) this.prepare()
    this.#arm(FIRST_CONNECT_MS)
    await this.#conn?.offer()
  }

  /** Waits for the other side's offer, and makes one in its stead when none comes. */
  expectOffer(): void {
    if (!this.#conn) this.#arm(FIRST_CONNECT_MS)
  }

  gotSignal({ gen, description, candidates }: Signal): void {
    if (this.#closed || gen < this.#gen) return
    if (gen > this.#gen || !this.#conn) {
      // Stragglers of an incarnation that is gone on this side: the other side needs a new one.
      if (gen === this.#gen) return description && void this.offer()
      if (description?.type !== 'offer') return
      this.#replace(gen)
    }
    if (description) this.#gotDescription(description)
    if (candidates) void this.#conn?.gotCandidates(candidates)
  }

  setTrack(slot: Slot, track: MediaStreamTrack | null): void {
    this.#conn?.setTrack(slot, track)
  }

  setCaps(caps: PeerCaps): void {
    this.#caps = caps
    if (this.#conn) applyCaps(this.#conn.pc, caps)
  }

  refreshPicture(): void {
    if (this.#conn) sendKeyFrame(this.#conn.pc)
  }

  /**
   * @param policy one that differs holds from the next time that candidates are gathered
   * @param more there are relays among them that were held back before: whoever has no path looks again
   */
  setIceServers(iceServers: IceServer[], policy: RTCIceTransportPolicy, more = false): void {
    const sameWays = policy === this.#icePolicy && urlsOf(iceServers) === urlsOf(this.#iceServers)
    this.#iceServers = iceServers
    this.#icePolicy = policy
    const conn = this.#conn
    if (!conn || conn.pc.signalingState === 'closed') return
    // What it has gathered must be what may be said now.
    if (conn.isUntold && !sameWays) return this.#prepareAnew()
    conn.pc.setConfiguration(this.#config())
    // Not through `recover`: nothing has failed, the step that is under way goes on with more to try.
    if (more && (this.#state !== 'connected' || this.#restarts > 0)) conn.pc.restartIce()
  }

  setSignaling(open: boolean): void {
    this.#signaling = open
    if (this.#triesFrom !== undefined) this.#triesFrom = performance.now()
    if (open && this.#pending) this.#recover()
  }

  /** The path may be gone (the device is on another network, or nothing is heard): looks for a new one at once. */
  restart(why: 'network' | 'silence'): void {
    if (!this.#conn || this.#closed) return
    if (this.#conn.isUntold) return this.#prepareAnew()
    // Not connected yet, or just being mended or remade: the timers are on it.
    if (why === 'silence' && (this.#state === 'connecting' || this.#isBeingMended())) return
    // What is in the making was begun on the network before.
    this.#restarts = 0
    this.#recover()
  }

  /** By this side's timers or by the other side: beginning anew would undo what it has reached. */
  #isBeingMended(): boolean {
    if (this.#restarts > 0 || performance.now() - this.#mendedAt < RESTART_MS) return true
    return this.#conn !== undefined && ['new', 'connecting'].includes(this.#conn.pc.connectionState)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#conn?.close()
  }

  /** About once a second: a path that was mended while the browser called it connected all the time says so nowhere. */
  check(): void {
    if (this.#state !== 'connected' && this.#flows()) this.#gotState('connected')
    else if (this.#state === 'connecting' && this.#isHopeless()) this.#set('failed')
  }

  /** By the clock: both ends remake the connection, and each time begin to wait anew. */
  #isHopeless(): boolean {
    const from = this.#signaling ? this.#triesFrom : undefined
    return from !== undefined && performance.now() - from > HOPELESS_MS
  }

  /** Packets go both ways already, and what is left (DTLS) gets no sooner by beginning again: a slow machine. */
  #isNearlyThere(): boolean {
    const { pc } = this
    if (this.#everConnected || pc?.connectionState !== 'connecting') return false
    return pc.iceConnectionState === 'connected' || pc.iceConnectionState === 'completed'
  }

  #flows(): boolean {
    const { pc } = this
    return pc?.connectionState === 'connected' && performance.now() - this.#options.heardAt() < FLOWS_MS
  }

  #gotDescription(description: SignalDescription): void {
    const conn = this.#conn
    if (this.#everConnected && description.type === 'offer') this.#mendedAt = performance.now()
    conn?.gotDescription(description).catch(() => {
      if (conn === this.#conn) this.#arm(0)
    })
  }

  #config(): RTCConfiguration {
    return {
      iceServers: this.#iceServers,
      iceTransportPolicy: this.#icePolicy,
      bundlePolicy: 'max-bundle',
    }
  }

  #prepare(): void {
    this.#preparedAt = performance.now()
    void this.#make().prepare()
  }

  /** Nobody has heard of the one that was prepared, so that it needs no new number. */
  #prepareAnew(): void {
    this.#conn?.close()
    this.#prepare()
  }

  #replace(gen: number): void {
    this.#conn?.close()
    this.#gen = gen
    this.#make()
    this.#arm(FIRST_CONNECT_MS)
  }

  #make(): Negotiation {
    const gen = this.#gen
    const options = this.#options
    const conn = new Negotiation({
      polite: options.polite,
      tracks: options.tracks,
      config: this.#config(),
      startKbps: () => (this.#caps ? (this.#caps.bitrate / 1_000) * START_SHARE : 0),
      send: (signal) => options.send({ gen, ...signal }),
      canSend: () => this.#signaling,
      onTrack: (slot, track) => options.onTrack(slot, track),
      onSenders: () => this.#caps && applyCaps(conn.pc, this.#caps),
      onState: (state) => this.#gotState(state),
      onGiveWay: (offer: SignalDescription) => {
        this.#replace(gen)
        this.#gotDescription(offer)
      },
    })
    this.#conn = conn
    return conn
  }

  #gotState(state: RTCPeerConnectionState): void {
    if (state === 'connected') {
      clearTimeout(this.#timer)
      this.#timer = undefined
      const restarted = this.#restarts > 0
      this.#restarts = this.#remakes = 0
      this.#everConnected = true
      this.#triesFrom = undefined
      this.#pending = false
      this.#set('connected')
      if (restarted) this.refreshPicture()
      if (this.#caps && this.#conn) applyCaps(this.#conn.pc, this.#caps)
    } else if ((state === 'disconnected' || state === 'failed') && this.#restarts === 0) {
      this.#recover()
    }
  }

  #set(state: LinkState): void {
    if (state === this.#state) return
    this.#state = state
    this.#options.onState(state)
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    if (!this.#everConnected) this.#triesFrom ??= performance.now()
    this.#timer = setTimeout(() => this.#recover(), ms + (this.#options.polite ? POLITE_MS : 0))
  }

  /** One step of mending: ICE restarts first, then a new incarnation, ever more patiently. */
  #recover(): void {
    if (this.#closed) return
    if (this.#restarts > 0 && this.#flows()) return this.#gotState('connected')
    if (this.#isNearlyThere()) return this.#arm(RESTART_MS)
    if (this.#everConnected && !this.#flows()) this.#set('reconnecting')
    this.#pending = !this.#signaling
    if (this.#pending) return
    if (this.#conn?.canRestart && this.#restarts < RESTARTS) {
      this.#restarts += 1
      void this.#restartIce(this.#conn)
      this.#arm(RESTART_MS)
      return
    }
    this.#restarts = 0
    this.#remakes += 1
    this.#conn?.close()
    this.#conn = undefined
    void this.offer()
    this.#arm(Math.min(LONGEST_MS, FIRST_CONNECT_MS * this.#remakes))
  }

  async #restartIce(conn: Negotiation): Promise<void> {
    await this.#options.freshen()
    if (conn === this.#conn && !this.#closed) conn.restartIce(this.#config())
  }
}

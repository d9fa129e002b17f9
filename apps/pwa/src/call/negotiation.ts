/** One RTCPeerConnection with one remote peer: perfect negotiation (W3C webrtc-pc §10.7) and its candidates. */
import type { Signal, SignalCandidate, SignalDescription } from '@maru/api-types'
import { CANDIDATES_MAX } from '@maru/api-types/limits'
import {
  isFirefox,
  onlyRelayed,
  preferCodecs,
  relayedCandidate,
  ufragsOf,
  withoutTcp,
  withStartBitrate,
  withThriftyOpus,
} from './sdp.ts'

/** The three transceivers of every connection, in the order of their making (P28). */
export const SLOTS = ['audio', 'camera', 'screen'] as const
export type Slot = (typeof SLOTS)[number]
export type Tracks = Record<Slot, MediaStreamTrack | null>

export interface NegotiationOptions {
  /** Gives way when both offer at once. */
  polite: boolean
  config: RTCConfiguration
  /** What the estimate of the path begins with; read once, for a later change would reconfigure the encoder. */
  startKbps(): number
  /** Read at the moment of use: what is sent now. */
  tracks: Readonly<Tracks>
  send(signal: Omit<Signal, 'gen'>): void
  /** Whether a signal that is sent now would reach the other side. */
  canSend(): boolean
  onState(state: RTCPeerConnectionState): void
  onTrack(slot: Slot, track: MediaStreamTrack): void
  /** The senders are there, and may have been renewed: their parameters are to be set. */
  onSenders(): void
  /** Both sides offered before the connection was ever made: this one is to be discarded for one that answers. */
  onGiveWay(offer: SignalDescription): void
}

/** Host candidates are there within milliseconds: an offer that waits for them needs no second message. */
const GATHER_MS = 20
const RESEND_MS = 4_000

export class Negotiation {
  readonly pc: RTCPeerConnection
  #options: NegotiationOptions
  #makingOffer = false
  #ignoreOffer = false
  #isSettingRemoteAnswerPending = false
  /** Offers by itself only once it has been asked to, or has answered. */
  #active = false
  /** Its own offer, from the making of the transceivers on; `undefined` while only the other side has offered. */
  #firstOffer: Promise<void> | undefined
  #everStable = false
  #startKbps: number | undefined
  /** The other side's last description is set, or refused. */
  #remoteSet: Promise<unknown> = Promise.resolve()
  /** Rises with each description that is set: what waited across a change is outdated. */
  #round = 0
  #remoteUfrags = new Set<string>()
  #lastOffer = ''
  #withFirefox = false
  #candidates: SignalCandidate[] = []
  /** The local description has been sent: candidates that come now are to follow it. */
  #described = false
  #candidateTimer: ReturnType<typeof setTimeout> | undefined
  #resendTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: NegotiationOptions) {
    this.#options = options
    const pc = new RTCPeerConnection(options.config)
    this.pc = pc
    pc.onnegotiationneeded = () => {
      if (this.#active && !this.#makingOffer && pc.signalingState === 'stable')
        void this.#makeOffer().then(() => this.#sendOffer())
    }
    pc.onicecandidate = ({ candidate }) => candidate && this.#gathered(candidate)
    pc.onconnectionstatechange = () => options.onState(pc.connectionState)
    pc.ontrack = ({ transceiver, track }) => {
      const slot = SLOTS[pc.getTransceivers().indexOf(transceiver)]
      if (slot) options.onTrack(slot, track)
    }
  }

  /** Nothing has left for the other side yet, nor come from there. */
  get isUntold(): boolean {
    return !this.#active && this.#lastOffer === ''
  }

  /** Makes the offer with its candidates, and keeps it: the other side hears nothing. */
  prepare(): Promise<void> {
    return (this.#firstOffer ??= this.#makeFirstOffer())
  }

  /** Resolves once the offer has been handed to `send`: at once, if it was prepared. */
  async offer(): Promise<void> {
    // The other side was faster: its transceivers are the ones.
    if (this.#lastOffer !== '' && !this.#firstOffer) return
    this.#active = true
    await this.prepare()
    this.#sendOffer()
  }

  /**
   * Not with Firefox at either end. While a restart is under way, Chromium tries its new addresses with the other side's
   * old ones; Firefox answers there but plays nothing that comes, and Chromium stays with a pair that answers. A new
   * incarnation is there in a moment.
   */
  get canRestart(): boolean {
    const { signalingState, remoteDescription, localDescription } = this.pc
    if (signalingState === 'closed' || remoteDescription === null) return false
    return !this.#withFirefox && !isFirefox(localDescription?.sdp ?? '')
  }

  restartIce(config: RTCConfiguration): void {
    this.pc.setConfiguration(config)
    this.pc.restartIce()
  }

  setTrack(slot: Slot, track: MediaStreamTrack | null): void {
    const sender = this.pc.getTransceivers()[SLOTS.indexOf(slot)]?.sender
    // Rejects when the connection is closed meanwhile, which is nobody's business.
    sender?.replaceTrack(track).then(
      () => this.#options.onSenders(),
      () => {},
    )
  }

  async gotDescription(description: SignalDescription): Promise<void> {
    const { pc } = this
    const isOffer = description.type === 'offer'
    const readyForOffer =
      !this.#makingOffer && (pc.signalingState === 'stable' || this.#isSettingRemoteAnswerPending)
    const collision = isOffer && !readyForOffer
    // Sent again because our answer was long in coming; it is on its way.
    if (isOffer && description.sdp === this.#lastOffer) return
    this.#ignoreOffer = !this.#options.polite && collision && !this.isUntold
    if (this.#ignoreOffer) return
    // A rollback would leave our three transceivers beside the three that the offer makes.
    if (isOffer && this.#firstOffer && !this.#everStable) return this.#options.onGiveWay(description)
    if (!isOffer && pc.signalingState !== 'have-local-offer') return
    clearTimeout(this.#resendTimer)
    if (isOffer) this.#lastOffer = description.sdp
    // As it came: Chromium's `remoteDescription` is in its own words.
    this.#withFirefox = isFirefox(description.sdp)
    this.#remoteUfrags = ufragsOf(description.sdp)
    this.#isSettingRemoteAnswerPending = !isOffer
    const round = ++this.#round
    try {
      const sdp = withStartBitrate(
        withThriftyOpus(description.sdp),
        (this.#startKbps ??= this.#options.startKbps()),
      )
      const set = pc.setRemoteDescription({ type: description.type, sdp })
      this.#remoteSet = set.catch(() => {})
      await set
    } finally {
      this.#isSettingRemoteAnswerPending = false
    }
    this.#everStable ||= !isOffer
    if (!isOffer || round !== this.#round) return
    this.#fill()
    await pc.setLocalDescription()
    this.#everStable = true
    this.#active = true
    // At once: the offer has brought the other side's candidates, so that ours can be found out by being asked from there.
    if (round === this.#round) this.#sendDescription('answer')
    this.#options.onSenders()
  }

  /** Candidates of a description that isn't the current one are dropped by their tag. */
  async gotCandidates(candidates: SignalCandidate[]): Promise<void> {
    // Chromium would stop the page until the description is set, 130 ms on a busy machine.
    await this.#remoteSet
    for (const candidate of candidates) {
      if (candidate.usernameFragment !== null && !this.#remoteUfrags.has(candidate.usernameFragment)) continue
      // A candidate that this browser can't read costs one path, not the connection.
      this.pc.addIceCandidate(candidate).catch(() => {})
    }
  }

  close(): void {
    clearTimeout(this.#candidateTimer)
    clearTimeout(this.#resendTimer)
    const { pc } = this
    pc.onnegotiationneeded = pc.onicecandidate = pc.onconnectionstatechange = pc.ontrack = null
    this.#round += 1
    pc.close()
  }

  /** The answerer's part: the transceivers that the offer made take our tracks. */
  #fill(): void {
    for (const [index, transceiver] of this.pc.getTransceivers().entries()) {
      const slot = SLOTS[index]
      if (!slot) continue
      if (transceiver.direction !== 'sendrecv') {
        transceiver.direction = 'sendrecv'
        preferCodecs(transceiver, slot === 'audio' ? 'audio' : 'video')
      }
      const track = this.#options.tracks[slot]
      // Not awaited: an answer never waits for a camera.
      if (transceiver.sender.track !== track) transceiver.sender.replaceTrack(track).catch(() => {})
    }
  }

  /** The transceivers are the offerer's part (P28). */
  #makeFirstOffer(): Promise<void> {
    for (const slot of SLOTS) {
      const kind = slot === 'audio' ? 'audio' : 'video'
      const transceiver = this.pc.addTransceiver(this.#options.tracks[slot] ?? kind, {
        direction: 'sendrecv',
      })
      preferCodecs(transceiver, kind)
      // The receiver is there from the start, `track` events come only with the answer.
      this.#options.onTrack(slot, transceiver.receiver.track)
    }
    this.#options.onSenders()
    return this.#makeOffer()
  }

  /** Sets the local description, and waits for the candidates that are there in a moment. */
  async #makeOffer(): Promise<void> {
    if (this.pc.signalingState === 'closed') return
    this.#makingOffer = true
    try {
      this.#round += 1
      await this.pc.setLocalDescription()
      this.#described = false
      await this.#gatheredOr(GATHER_MS)
    } catch {
      // Closed, or rolled back by the other side's offer while this one was in the making; timers see to the rest.
    } finally {
      this.#makingOffer = false
    }
  }

  #sendOffer(): void {
    if (this.pc.signalingState === 'have-local-offer') this.#sendDescription('offer')
  }

  #sendDescription(type: 'offer' | 'answer'): void {
    const { localDescription: local } = this.pc
    if (local?.type !== type) return
    this.#candidates = []
    this.#described = true
    const sdp = withoutTcp(local.sdp)
    this.#options.send({ description: { type, sdp: this.#relayOnly ? onlyRelayed(sdp) : sdp } })
    if (type === 'answer') return
    clearTimeout(this.#resendTimer)
    this.#resendTimer = setTimeout(() => this.#resend(), RESEND_MS)
  }

  get #relayOnly(): boolean {
    return this.pc.getConfiguration().iceTransportPolicy === 'relay'
  }

  #resend(): void {
    if (this.pc.signalingState !== 'have-local-offer') return
    if (this.#options.canSend()) this.#sendDescription('offer')
    else this.#resendTimer = setTimeout(() => this.#resend(), RESEND_MS)
  }

  #gatheredOr(ms: number): Promise<void> {
    const { pc } = this
    if (pc.iceGatheringState === 'complete') return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        pc.removeEventListener('icegatheringstatechange', changed)
        resolve()
      }
      const changed = () => pc.iceGatheringState === 'complete' && done()
      const timer = setTimeout(done, ms)
      pc.addEventListener('icegatheringstatechange', changed)
    })
  }

  #gathered({ candidate, sdpMid, sdpMLineIndex, usernameFragment, protocol }: RTCIceCandidate): void {
    if (candidate === '' || protocol === 'tcp') return
    const shown = this.#relayOnly ? relayedCandidate(candidate) : candidate
    if (shown === undefined) return
    const ufrag = usernameFragment ?? / ufrag (\S+)/.exec(candidate)?.[1] ?? null
    this.#candidates.push({ candidate: shown, sdpMid, sdpMLineIndex, usernameFragment: ufrag })
    this.#candidateTimer ??= setTimeout(() => this.#flushCandidates(), GATHER_MS)
  }

  #flushCandidates(): void {
    this.#candidateTimer = undefined
    // They are about to travel inside the description.
    if (!this.#described) return
    const candidates = this.#candidates.splice(0, CANDIDATES_MAX)
    if (candidates.length > 0) this.#options.send({ candidates })
  }
}

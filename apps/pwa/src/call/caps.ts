/** How much each connection may send, by the number of people: one uplink has to feed them all. */

interface Caps {
  /** Of the picture; a wider camera's is scaled down to it. */
  height: number
  frameRate: number
  /** Bits a second, of one connection. */
  bitrate: number
}

/** What one connection may send: of the camera, and of the screen beside it. */
export interface PeerCaps extends Caps {
  screen: Caps
}

/** Bits a second that everybody's line is taken to carry upward: of cameras, and beside them of a shared screen. */
export const UPLINK = 1_500_000
export const SCREEN_UPLINK = 2_500_000

interface Picture {
  height: number
  frameRate: number
  /** Bits a second: with less a smaller picture looks better, and more than this nobody sees. */
  least: number
  most: number
}

/** Smallest first; the first one is taken whatever there is. */
const CAMERAS: [Picture, ...Picture[]] = [
  { height: 180, frameRate: 15, least: 0, most: 150_000 },
  { height: 270, frameRate: 30, least: 280_000, most: 400_000 },
  { height: 360, frameRate: 30, least: 450_000, most: 750_000 },
  { height: 720, frameRate: 30, least: 1_000_000, most: UPLINK },
]
/** Letters stay readable; what doesn't fit comes less often. */
const SCREENS: [Picture, ...Picture[]] = [
  { height: 1_080, frameRate: 5, least: 0, most: 400_000 },
  { height: 1_080, frameRate: 8, least: 450_000, most: 650_000 },
  { height: 1_080, frameRate: 15, least: 800_000, most: 1_250_000 },
  { height: 1_080, frameRate: 30, least: 2_000_000, most: SCREEN_UPLINK },
]

/** What each connection may send when so many are inside, oneself included: an equal part of the one uplink. */
export function peerCapsFor(people: number): PeerCaps {
  const others = Math.max(1, people - 1)
  return { ...capsFor(UPLINK / others, CAMERAS), screen: capsFor(SCREEN_UPLINK / others, SCREENS) }
}

function capsFor(share: number, pictures: [Picture, ...Picture[]]): Caps {
  const { height, frameRate, most } = pictures.findLast(({ least }) => share >= least) ?? pictures[0]
  return { height, frameRate, bitrate: Math.floor(Math.min(share, most)) }
}

/** The order of the transceivers is audio, camera, screen (P28). */
const AUDIO = 0
const CAMERA = 1
const SCREEN = 2

interface Limits {
  encoding: Partial<RTCRtpEncodingParameters>
  prefer?: 'maintain-resolution'
}

interface Change {
  limits?: Limits
  keyFrame?: true
}

/** W3C webrtc-extensions §RTCSetParameterOptions; others than Chromium ignore it. TypeScript's DOM lacks it. */
interface SenderWithOptions {
  setParameters(
    parameters: RTCRtpSendParameters,
    options: { encodingOptions?: { keyFrame: boolean }[] },
  ): Promise<void>
}

/** W3C webrtc-extensions §RTCDegradationPreference; what doesn't know it ignores it. */
interface ParametersWithPreference extends RTCRtpSendParameters {
  degradationPreference?: 'maintain-resolution'
}

const waiting = new WeakMap<RTCRtpSender, Change>()
const busy = new WeakSet<RTCRtpSender>()
/** What each sender has, as text: only to ask it stops the page until another thread has answered. */
const limitsOf = new WeakMap<RTCRtpSender, string>()

/** `setParameters` takes only what the last `getParameters` gave, so one runs at a time and the last wish wins. */
async function change(sender: RTCRtpSender, wish: Change): Promise<void> {
  waiting.set(sender, { ...waiting.get(sender), ...wish })
  if (busy.has(sender)) return
  busy.add(sender)
  try {
    for (let next = waiting.get(sender); next; next = waiting.get(sender)) {
      waiting.delete(sender)
      const parameters = sender.getParameters()
      const [encoding] = parameters.encodings
      // None before the negotiation: it is asked for again after it.
      if (!encoding) continue
      const before = JSON.stringify(parameters)
      const { limits } = next
      Object.assign(encoding, limits?.encoding)
      if (limits?.prefer) (parameters as ParametersWithPreference).degradationPreference = limits.prefer
      const options = next.keyFrame
        ? { encodingOptions: parameters.encodings.map(() => ({ keyFrame: true })) }
        : {}
      // Each is a new configuration of an encoder, right when the first picture is to be sent.
      if (next.keyFrame || JSON.stringify(parameters) !== before)
        await (sender as SenderWithOptions).setParameters(parameters, options)
      if (limits) limitsOf.set(sender, JSON.stringify(limits))
    }
  } catch {
    // The connection was closed or renegotiated meanwhile; the next change sets it again.
  } finally {
    busy.delete(sender)
  }
}

function limit(sender: RTCRtpSender, limits: Limits): void {
  if (!busy.has(sender) && limitsOf.get(sender) === JSON.stringify(limits)) return
  void change(sender, { limits })
}

function pictureOf({ track }: RTCRtpSender, caps: Caps): Partial<RTCRtpEncodingParameters> {
  // A phone that is held upright gives 720×1280: what counts is the shorter side.
  const { width = 0, height = 0 } = track?.getSettings() ?? {}
  return {
    maxBitrate: caps.bitrate,
    maxFramerate: caps.frameRate,
    scaleResolutionDownBy: Math.max(1, Math.min(width, height) / caps.height),
  }
}

/** Sets what the senders may use. Call it again after each change of a track, for the scale depends on its size. */
export function applyCaps(pc: RTCPeerConnection, caps: PeerCaps): void {
  if (pc.signalingState === 'closed') return
  const senders = pc.getTransceivers().map(({ sender }) => sender)
  const { [AUDIO]: audio, [CAMERA]: camera, [SCREEN]: screen } = senders
  if (audio) limit(audio, { encoding: { priority: 'high', networkPriority: 'high' } })
  if (camera) limit(camera, { encoding: pictureOf(camera, caps) })
  if (screen) limit(screen, { encoding: pictureOf(screen, caps.screen), prefer: 'maintain-resolution' })
}

/** A picture that stands by itself: after an interruption the other side would wait 3 s before it asks for one. */
export function sendKeyFrame(pc: RTCPeerConnection): void {
  if (pc.signalingState === 'closed') return
  for (const slot of [CAMERA, SCREEN]) {
    const sender = pc.getTransceivers()[slot]?.sender
    if (sender?.track) void change(sender, { keyFrame: true })
  }
}

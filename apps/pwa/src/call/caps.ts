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

interface Change {
  set?(encoding: RTCRtpEncodingParameters): void
  prefer?: 'maintain-resolution'
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
      next.set?.(encoding)
      if (next.prefer) (parameters as ParametersWithPreference).degradationPreference = next.prefer
      // Each is a new configuration of an encoder, right when the first picture is to be sent.
      if (!next.keyFrame && JSON.stringify(parameters) === before) continue
      const options = next.keyFrame
        ? { encodingOptions: parameters.encodings.map(() => ({ keyFrame: true })) }
        : {}
      await (sender as SenderWithOptions).setParameters(parameters, options)
    }
  } catch {
    // The connection was closed or renegotiated meanwhile; the next change sets it again.
  } finally {
    busy.delete(sender)
  }
}

function limit({ track }: RTCRtpSender, caps: Caps): (encoding: RTCRtpEncodingParameters) => void {
  // A phone that is held upright gives 720×1280: what counts is the shorter side.
  const { width = 0, height = 0 } = track?.getSettings() ?? {}
  const side = Math.min(width, height)
  return (encoding) => {
    encoding.maxBitrate = caps.bitrate
    encoding.maxFramerate = caps.frameRate
    encoding.scaleResolutionDownBy = Math.max(1, side / caps.height)
  }
}

/** Sets what the senders may use. Call it again after each change of a track, for the scale depends on its size. */
export function applyCaps(pc: RTCPeerConnection, caps: PeerCaps): void {
  if (pc.signalingState === 'closed') return
  const transceivers = pc.getTransceivers()
  const audio = transceivers[AUDIO]?.sender
  const camera = transceivers[CAMERA]?.sender
  if (audio) {
    void change(audio, {
      set(encoding) {
        encoding.priority = 'high'
        encoding.networkPriority = 'high'
      },
    })
  }
  if (camera) void change(camera, { set: limit(camera, caps) })
  const screen = transceivers[SCREEN]?.sender
  if (screen) void change(screen, { set: limit(screen, caps.screen), prefer: 'maintain-resolution' })
}

/** A picture that stands by itself: after an interruption the other side would wait 3 s before it asks for one. */
export function sendKeyFrame(pc: RTCPeerConnection): void {
  if (pc.signalingState === 'closed') return
  for (const slot of [CAMERA, SCREEN]) {
    const sender = pc.getTransceivers()[slot]?.sender
    if (sender?.track) void change(sender, { keyFrame: true })
  }
}

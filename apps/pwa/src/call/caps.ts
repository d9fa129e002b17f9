/** How much each connection may send, by the number of people: one uplink has to feed them all. */

export interface Caps {
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

export const peerCapsFor = (people: number): PeerCaps => ({
  ...capsFor(people),
  screen: screenCapsFor(people),
})

/** The table by head count, oneself included. */
function capsFor(people: number): Caps {
  if (people <= 2) return { height: 720, frameRate: 30, bitrate: 1_500_000 }
  if (people <= 4) return { height: 360, frameRate: 30, bitrate: 500_000 }
  if (people <= 6) return { height: 270, frameRate: 30, bitrate: 250_000 }
  return { height: 180, frameRate: 15, bitrate: 120_000 }
}

/** Of a shared screen: letters stay readable, and what doesn't fit comes less often. Per connection, like the rest. */
function screenCapsFor(people: number): Caps {
  if (people <= 2) return { height: 1_080, frameRate: 30, bitrate: 2_500_000 }
  if (people <= 4) return { height: 1_080, frameRate: 15, bitrate: 1_000_000 }
  if (people <= 6) return { height: 1_080, frameRate: 8, bitrate: 500_000 }
  return { height: 1_080, frameRate: 5, bitrate: 300_000 }
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
      next.set?.(encoding)
      if (next.prefer) (parameters as ParametersWithPreference).degradationPreference = next.prefer
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

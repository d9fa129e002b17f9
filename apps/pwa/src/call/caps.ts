/** How much each connection may send, by the number of people: one uplink has to feed them all. */

export interface Caps {
  /** Of the picture; a wider camera's is scaled down to it. */
  height: number
  frameRate: number
  /** Bits a second, of one connection's camera. */
  bitrate: number
}

/** The table by head count, oneself included. */
export function capsFor(people: number): Caps {
  if (people <= 2) return { height: 720, frameRate: 30, bitrate: 1_500_000 }
  if (people <= 4) return { height: 360, frameRate: 30, bitrate: 500_000 }
  if (people <= 6) return { height: 270, frameRate: 30, bitrate: 250_000 }
  return { height: 180, frameRate: 15, bitrate: 120_000 }
}

/** The order of the transceivers is audio, camera, screen (P28). */
const AUDIO = 0
const CAMERA = 1

const waiting = new WeakMap<RTCRtpSender, (encoding: RTCRtpEncodingParameters) => void>()
const busy = new WeakSet<RTCRtpSender>()

/** `setParameters` takes only what the last `getParameters` gave, so one runs at a time and the last wish wins. */
async function change(
  sender: RTCRtpSender,
  set: (encoding: RTCRtpEncodingParameters) => void,
): Promise<void> {
  waiting.set(sender, set)
  if (busy.has(sender)) return
  busy.add(sender)
  try {
    for (let next = waiting.get(sender); next; next = waiting.get(sender)) {
      waiting.delete(sender)
      const parameters = sender.getParameters()
      const [encoding] = parameters.encodings
      // None before the negotiation: it is asked for again after it.
      if (!encoding) continue
      next(encoding)
      await sender.setParameters(parameters)
    }
  } catch {
    // The connection was closed or renegotiated meanwhile; the next change sets it again.
  } finally {
    busy.delete(sender)
  }
}

/** Sets what both senders may use. Call it again after each change of a track, for the scale depends on its size. */
export function applyCaps(pc: RTCPeerConnection, caps: Caps): void {
  if (pc.signalingState === 'closed') return
  const transceivers = pc.getTransceivers()
  const audio = transceivers[AUDIO]?.sender
  const camera = transceivers[CAMERA]?.sender
  if (audio) {
    void change(audio, (encoding) => {
      encoding.priority = 'high'
      encoding.networkPriority = 'high'
    })
  }
  if (!camera) return
  // A phone that is held upright gives 720×1280: what counts is the shorter side.
  const { width = 0, height = 0 } = camera.track?.getSettings() ?? {}
  const side = Math.min(width, height)
  void change(camera, (encoding) => {
    encoding.maxBitrate = caps.bitrate
    encoding.maxFramerate = caps.frameRate
    encoding.scaleResolutionDownBy = Math.max(1, side / caps.height)
  })
}

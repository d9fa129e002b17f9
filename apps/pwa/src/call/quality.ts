/** What can be measured of the media as it comes in: who speaks, whose picture is there, whose path is silent. */

export interface QualityOptions {
  links(): ReadonlyMap<string, { readonly pc: RTCPeerConnection | undefined }>
  onSpeaking(peerId: string, speaking: boolean): void
  /** Frames of their camera are (or are no longer) coming in. */
  onFrames(peerId: string, flowing: boolean): void
  /** Their path is heard again after an interruption. */
  onBack(peerId: string): void
}

export interface Quality {
  /** When the last sign of life came over this one's path; `performance.now()`, 0 if never. */
  heardAt(peerId: string): number
  /** Their path has just been made or mended. */
  connected(peerId: string): void
  forget(peerId: string): void
  /** A first packet is there: looks more often for a moment, so that the picture is shown when it comes. */
  hurry(): void
  close(): void
}

/**
 * Asking a receiver for its sources stops the page until another thread has answered: microseconds on a quiet machine,
 * 4 ms on a busy one. So it is asked rarely, and the more people there are the more rarely while they connect.
 */
const TICK_MS = 200
/** Whether a picture comes is looked at in one tick of so many; still sooner than a doubt. */
const PICTURE_TICKS = 3
/** Without a packet of media for this long, the connection's own statistics are asked (they cost a thread hop). */
const DOUBT_MS = 800
/** Longer than any pause of a path that works, even of one that carries nothing but its keepalives. */
const INTERRUPTED_MS = 1_500
const NO_FRAMES_MS = 3_000
/** Nothing can have come yet. */
const isNew = ({ connectionState }: RTCPeerConnection): boolean =>
  connectionState === 'new' || connectionState === 'connecting'
/** A browser that gives no sources for video: packets are taken for a picture after this. */
const NO_TELLING_MS = 1_500
const HURRY_TICK_MS = 30
const HURRY_MS = 1_500

interface Measured {
  heardAt: number
  frameAt: number
  /** When the camera's first packet came, or now while there was none. */
  packetsFrom: number
  flowing: boolean
  audioStamp: number
  videoStamp: number
  /** Bytes and connectivity checks that came in, of all candidate pairs. */
  incoming: number
  asking: boolean
  speaking: Speaking
}

export interface Speaking {
  /** Feeds one level, 0 to 1; answers whether they speak. */
  (level: number): boolean
}

const THRESHOLD = 0.015
const HOLD_MS = 700

/** Speaking begins with two loud ticks in a row (a click is one) and lasts until it was quiet for a while. */
export function makeSpeaking(): Speaking {
  let loud = 0
  let until = 0
  return (level) => {
    const now = performance.now()
    loud = level > THRESHOLD ? loud + 1 : 0
    if (loud >= 2 || (loud === 1 && now < until)) until = now + HOLD_MS
    return now < until
  }
}

export function makeQuality(options: QualityOptions): Quality {
  const all = new Map<string, Measured>()
  let tellsFrames = false

  const measured = (peerId: string): Measured => {
    let found = all.get(peerId)
    if (!found) {
      found = {
        heardAt: 0,
        frameAt: 0,
        packetsFrom: performance.now(),
        flowing: false,
        audioStamp: 0,
        videoStamp: 0,
        incoming: 0,
        asking: false,
        speaking: makeSpeaking(),
      }
      all.set(peerId, found)
    }
    return found
  }

  const gotLife = (peerId: string, found: Measured) => {
    const now = performance.now()
    if (found.heardAt > 0 && now - found.heardAt > INTERRUPTED_MS) {
      options.onBack(peerId)
      // The picture has as long to come back as it had to stay away.
      found.frameAt = now
    }
    found.heardAt = now
  }

  const ask = async (pc: RTCPeerConnection, peerId: string, found: Measured) => {
    if (found.asking) return
    found.asking = true
    try {
      let incoming = 0
      for (const report of (await pc.getStats()).values()) {
        if (report.type !== 'candidate-pair') continue
        incoming +=
          (report.bytesReceived ?? 0) + (report.responsesReceived ?? 0) + (report.requestsReceived ?? 0)
      }
      if (incoming !== found.incoming) gotLife(peerId, found)
      found.incoming = incoming
    } finally {
      found.asking = false
    }
  }

  const measurePicture = (
    pc: RTCPeerConnection,
    found: Measured,
    { peerId, now }: { peerId: string; now: number },
  ) => {
    const receiver = pc.getTransceivers()[1]?.receiver
    const picture = receiver?.getSynchronizationSources()[0]
    tellsFrames ||= picture !== undefined
    if (receiver?.track.muted !== false) found.packetsFrom = now
    const assumed = !tellsFrames && now - found.packetsFrom > NO_TELLING_MS
    const seen = assumed || (picture !== undefined && picture.timestamp !== found.videoStamp)
    found.videoStamp = picture?.timestamp ?? 0
    if (seen) {
      gotLife(peerId, found)
      found.frameAt = now
    }
    const flowing = seen || (now - found.frameAt < NO_FRAMES_MS && found.flowing)
    // A path that is silent altogether keeps its last picture: it's the connection that has a problem.
    if (flowing === found.flowing || (!flowing && now - found.heardAt > DOUBT_MS)) return
    found.flowing = flowing
    options.onFrames(peerId, flowing)
  }

  const measure = (
    peerId: string,
    pc: RTCPeerConnection,
    { now, picture }: { now: number; picture: boolean },
  ) => {
    const found = measured(peerId)
    const sound = pc.getTransceivers()[0]?.receiver.getSynchronizationSources()[0]
    const heard = sound !== undefined && sound.timestamp !== found.audioStamp
    found.audioStamp = sound?.timestamp ?? 0
    if (heard) gotLife(peerId, found)
    if (picture) measurePicture(pc, found, { peerId, now })
    if (now - found.heardAt > DOUBT_MS && pc.connectionState !== 'closed') void ask(pc, peerId, found)
    options.onSpeaking(peerId, found.speaking(heard ? (sound.audioLevel ?? 0) : 0))
  }

  /** One of those whose picture isn't there yet, another one each time. */
  const measureNext = () => {
    const missing = [...options.links()].flatMap(([peerId, { pc }]) =>
      pc && !isNew(pc) && all.get(peerId)?.flowing !== true ? [{ peerId, pc }] : [],
    )
    const next = missing[hurried++ % Math.max(1, missing.length)]
    if (next) measurePicture(next.pc, measured(next.peerId), { peerId: next.peerId, now: performance.now() })
  }
  let hurried = 0
  let ticks = 0
  const timer = setInterval(() => {
    const now = performance.now()
    ticks += 1
    let turn = ticks
    for (const [peerId, { pc }] of options.links())
      if (pc && !isNew(pc)) measure(peerId, pc, { now, picture: turn++ % PICTURE_TICKS === 0 })
  }, TICK_MS)
  let hurrying: ReturnType<typeof setInterval> | undefined
  let hurryUntil = 0

  return {
    heardAt: (peerId) => all.get(peerId)?.heardAt ?? 0,
    connected: (peerId) => gotLife(peerId, measured(peerId)),
    forget: (peerId) => void all.delete(peerId),
    hurry() {
      hurryUntil = performance.now() + HURRY_MS
      hurrying ??= setInterval(() => {
        measureNext()
        if (performance.now() < hurryUntil) return
        clearInterval(hurrying)
        hurrying = undefined
      }, HURRY_TICK_MS)
    },
    close() {
      clearInterval(timer)
      clearInterval(hurrying)
    },
  }
}

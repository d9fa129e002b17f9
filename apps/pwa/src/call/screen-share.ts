/** One's own screen: asked for, shared, and ended from here or from the browser's own bar. */
import type { ScreenState } from './call-state.ts'

export interface ScreenShareOptions {
  onState(state: ScreenState): void
  onPicture(track: MediaStreamTrack | null): void
  /** What the shared tab or window plays, where the browser gives it. */
  onSound(track: MediaStreamTrack | null): void
}

export interface ScreenShare {
  /** In a gesture. */
  start(): void
  stop(): void
  close(): void
}

/** W3C screen-capture; TypeScript's DOM lacks what was added later. */
interface Wish extends DisplayMediaStreamOptions {
  selfBrowserSurface: 'exclude'
  surfaceSwitching: 'include'
  systemAudio: 'include' | 'exclude'
}

/**
 * The sound of a whole system has the others' voices in it, who would hear themselves: it is asked for only where
 * the browser can leave this page's own sound out. A tab's sound is always welcome.
 */
function makeWish(): Wish {
  const supported: MediaTrackSupportedConstraints & { restrictOwnAudio?: boolean } =
    navigator.mediaDevices.getSupportedConstraints()
  const withoutOwn = supported.restrictOwnAudio === true
  const audio: MediaTrackConstraints & { restrictOwnAudio?: boolean } = {
    // Made for voices; of music they leave little.
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    ...(withoutOwn && { restrictOwnAudio: true }),
  }
  return {
    video: { frameRate: { max: 30 } },
    audio,
    selfBrowserSurface: 'exclude',
    surfaceSwitching: 'include',
    systemAudio: withoutOwn ? 'include' : 'exclude',
  }
}

function problemOf(error: unknown): ScreenState {
  const { name, message } = error as DOMException
  // Chromium says no in the same way for the person and for the system, and tells them apart only in words.
  if (name === 'NotAllowedError' && /system/i.test(message))
    return { kind: 'problem', problem: 'denied-by-system' }
  // Closing the question is an answer, not a problem.
  if (name === 'NotAllowedError' || name === 'AbortError') return { kind: 'off' }
  return { kind: 'problem', problem: 'unknown' }
}

export function makeScreenShare(options: ScreenShareOptions): ScreenShare {
  let stream: MediaStream | undefined
  let asking = false
  let closed = false

  const stop = () => {
    if (!stream) return
    // Ended by oneself a track says nothing.
    for (const track of stream.getTracks()) track.stop()
    stream = undefined
    options.onPicture(null)
    options.onSound(null)
    if (!closed) options.onState({ kind: 'off' })
  }

  const got = (given: MediaStream) => {
    const [picture] = given.getVideoTracks()
    const [sound] = given.getAudioTracks()
    if (closed || !picture) return given.getTracks().forEach((track) => track.stop())
    stream = given
    // Letters are to stay sharp; what moves may be slow.
    picture.contentHint = 'detail'
    if (sound) sound.contentHint = 'music'
    // The browser's own bar ends it, or the shared window was closed.
    picture.addEventListener('ended', () => given === stream && stop())
    sound?.addEventListener('ended', () => given === stream && options.onSound(null))
    options.onPicture(picture)
    options.onSound(sound ?? null)
    options.onState({ kind: 'on' })
  }

  const ask = async () => {
    asking = true
    options.onState({ kind: 'asking' })
    try {
      got(await navigator.mediaDevices.getDisplayMedia(makeWish()))
    } catch (error) {
      if (!closed) options.onState(problemOf(error))
    } finally {
      asking = false
    }
  }

  // Missing on insecure origins; phones have it without this method.
  const { mediaDevices } = navigator as { mediaDevices?: Partial<MediaDevices> }
  if (mediaDevices?.getDisplayMedia) options.onState({ kind: 'off' })

  return {
    start() {
      if (mediaDevices?.getDisplayMedia && !stream && !asking && !closed) void ask()
    },
    stop,
    close() {
      closed = true
      stop()
    },
  }
}

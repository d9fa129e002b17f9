/** Where the others are heard: one `<audio>` element each, its speaker, and browsers that wait for a gesture. */
import type { AudioBlocked } from './call-state.ts'

export interface AudioOut {
  /** Plays a stream in an element until the returned function is called. */
  attach(element: HTMLAudioElement, stream: MediaStream): () => void
  setSpeaker(deviceId: string | undefined): void
  /** In a gesture: plays what was blocked. */
  unblock(): void
  close(): void
}

export function makeAudioOut(onBlocked: (blocked: AudioBlocked) => void): AudioOut {
  const elements = new Set<HTMLAudioElement>()
  const blocked = new Set<HTMLAudioElement>()
  const stop = new AbortController()
  let speaker: string | undefined
  let hasPlayed = false

  const tell = () => onBlocked(blocked.size === 0 ? undefined : hasPlayed ? 'paused' : 'unplayed')
  const play = (element: HTMLAudioElement) => {
    element.play().then(
      () => {
        hasPlayed = true
        blocked.delete(element)
        tell()
      },
      (error: unknown) => {
        // `AbortError` is only a stream that came in between.
        if ((error as DOMException).name !== 'NotAllowedError' || !elements.has(element)) return
        blocked.add(element)
        tell()
      },
    )
  }
  /** A phone call or a lock screen pauses what plays, and leaves it so. */
  const resume = () => {
    if (document.visibilityState !== 'visible') return
    for (const element of elements) if (element.paused) play(element)
  }
  if (typeof document !== 'undefined') {
    document.addEventListener('visibilitychange', resume, { signal: stop.signal })
    window.addEventListener('pageshow', resume, { signal: stop.signal })
  }
  const route = (element: HTMLAudioElement) => {
    if (!('setSinkId' in element)) return
    // A speaker that was unplugged rejects: the sound stays where it was.
    element.setSinkId(speaker ?? '').catch(() => {})
  }

  return {
    attach(element, stream) {
      elements.add(element)
      element.srcObject = stream
      if (speaker !== undefined) route(element)
      play(element)
      element.addEventListener('pause', resume)
      return () => {
        elements.delete(element)
        blocked.delete(element)
        element.removeEventListener('pause', resume)
        element.pause()
        element.srcObject = null
        tell()
      }
    },
    setSpeaker(deviceId) {
      speaker = deviceId
      for (const element of elements) route(element)
    },
    unblock() {
      for (const element of elements) if (element.paused) play(element)
    },
    close: () => stop.abort(),
  }
}

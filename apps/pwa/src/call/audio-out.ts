/** Where the others are heard: one `<audio>` element each, its speaker, and browsers that wait for a gesture. */

export interface AudioOut {
  /** Plays a stream in an element until the returned function is called. */
  attach(element: HTMLAudioElement, stream: MediaStream): () => void
  setSpeaker(deviceId: string | undefined): void
  /** In a gesture: plays what was blocked. */
  unblock(): void
}

export function makeAudioOut(onBlocked: (blocked: boolean) => void): AudioOut {
  const elements = new Set<HTMLAudioElement>()
  let speaker: string | undefined

  const play = (element: HTMLAudioElement) => {
    element.play().then(
      () => onBlocked(false),
      (error: unknown) => {
        // `AbortError` is only a stream that came in between.
        if ((error as DOMException).name === 'NotAllowedError' && elements.has(element)) onBlocked(true)
      },
    )
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
      return () => {
        elements.delete(element)
        element.pause()
        element.srcObject = null
        if (elements.size === 0) onBlocked(false)
      }
    },
    setSpeaker(deviceId) {
      speaker = deviceId
      for (const element of elements) route(element)
    },
    unblock() {
      for (const element of elements) play(element)
    },
  }
}

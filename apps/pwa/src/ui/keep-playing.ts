/** Pictures that the browser has paused, for a phone call or a lock screen, go on when the page is back. */
import { createSignal, onCleanup, onMount } from 'solid-js'

interface KeepPlaying {
  /** Some are paused, and the browser wants a gesture for them. */
  refused(): boolean
  /** In a gesture. */
  resume(): void
}

/** Owner-bound. For every `<video>` in the document; their `pause` doesn't bubble, but can be captured. */
export function createKeepPlaying(): KeepPlaying {
  const [refused, setRefused] = createSignal(false)
  const waiting = new Set<HTMLVideoElement>()
  const update = (): void => {
    for (const video of waiting) if (!video.isConnected || !video.paused) waiting.delete(video)
    setRefused(waiting.size > 0)
  }
  const play = async (video: HTMLVideoElement): Promise<void> => {
    try {
      await video.play()
    } catch (error) {
      // `AbortError` is only a stream that came in between.
      if ((error as DOMException).name === 'NotAllowedError') waiting.add(video)
    }
    update()
  }
  const resume = (): void => {
    if (document.visibilityState !== 'visible') return
    for (const video of document.querySelectorAll('video')) {
      if (video.paused && video.srcObject) void play(video)
    }
    update()
  }
  onMount(() => {
    const stop = new AbortController()
    const { signal } = stop
    const changed = ({ target }: Event): void => {
      if (target instanceof HTMLVideoElement) resume()
    }
    document.addEventListener('pause', changed, { signal, capture: true })
    document.addEventListener('playing', changed, { signal, capture: true })
    document.addEventListener('visibilitychange', resume, { signal })
    window.addEventListener('pageshow', resume, { signal })
    onCleanup(() => stop.abort())
  })
  return { refused, resume }
}

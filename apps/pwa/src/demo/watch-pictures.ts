/** Times the pictures of people as they are shown, by their tiles' videos. */

const LOOK_MS = 250

/**
 * Calls `onFrame` with each new picture of those whom `people` names, and when it came (`performance.now()`). A page
 * that nobody sees shows nothing: `onBlind` then says that there is nothing to be measured.
 */
export function watchPictures(options: {
  people(): string[]
  onFrame(peerId: string, at: number): void
  onBlind(): void
}): () => void {
  const watched = new Map<string, HTMLVideoElement>()
  let stopped = false

  const follow = (peerId: string, video: HTMLVideoElement): void => {
    watched.set(peerId, video)
    const next: VideoFrameRequestCallback = (_, { presentationTime }) => {
      if (stopped || watched.get(peerId) !== video) return
      options.onFrame(peerId, presentationTime)
      video.requestVideoFrameCallback(next)
    }
    video.requestVideoFrameCallback(next)
  }
  const look = (): void => {
    const people = options.people()
    for (const peerId of watched.keys()) if (!people.includes(peerId)) watched.delete(peerId)
    for (const peerId of people) {
      const video = document.querySelector<HTMLVideoElement>(`.tile[data-peer-id="${peerId}"] video`)
      if (video && watched.get(peerId) !== video) follow(peerId, video)
    }
  }
  const timer = setInterval(look, LOOK_MS)
  const seen = (): void => {
    if (document.hidden) options.onBlind()
  }
  document.addEventListener('visibilitychange', seen)
  return () => {
    stopped = true
    clearInterval(timer)
    document.removeEventListener('visibilitychange', seen)
  }
}

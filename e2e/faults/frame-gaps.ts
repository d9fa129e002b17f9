/** The longest time for which a page decodes no new frame of somebody, to the millisecond. */
import type { Person } from '../support/person.ts'

interface FrameReader {
  read(): Promise<{ done: boolean; value?: { close(): void } }>
  cancel(): Promise<void>
}

/** W3C mediacapture-transform, as Chromium has it in windows too; TypeScript's DOM lacks it. */
type TrackProcessor = new (init: { track: MediaStreamTrack }) => { readable: { getReader(): FrameReader } }

declare global {
  /** Stops the watch that runs in this page; its answer in milliseconds. */
  var testStopWatching: () => number
}

/** Watches what everyone sees of everyone else until `stop`, which answers the longest gap of all directions. */
export async function watchGaps(...people: Person[]): Promise<{ stop: () => Promise<number> }> {
  for (const watcher of people)
    for (const watched of people)
      if (watched !== watcher) await watcher.page.evaluate(watchInPage, await watched.peerId())
  return {
    async stop() {
      const gaps = people.map(({ page }) => page.evaluate(() => globalThis.testStopWatching()))
      return Math.max(...(await Promise.all(gaps)))
    },
  }
}

/** Reads each frame as the decoder hands it on. A page that is busy makes a gap look longer, never shorter. */
function watchInPage(peerId: string): void {
  const { MediaStreamTrackProcessor } = globalThis as unknown as { MediaStreamTrackProcessor: TrackProcessor }
  let last = performance.now()
  let longest = 0
  let current: { track: MediaStreamTrack; reader: FrameReader } | undefined
  const note = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const follow = async (reader: FrameReader): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      value?.close()
      note()
    }
  }
  // Whatever is shown of them: a connection that was made anew has another track.
  const look = (): void => {
    const videos = document.querySelectorAll<HTMLVideoElement>(`[data-peer-id="${peerId}"] video`)
    const track = [...videos]
      .flatMap(({ srcObject }) => (srcObject instanceof MediaStream ? srcObject.getVideoTracks() : []))
      .find(({ readyState }) => readyState === 'live')
    if (!track || track === current?.track) return
    void current?.reader.cancel()
    current = { track, reader: new MediaStreamTrackProcessor({ track }).readable.getReader() }
    void follow(current.reader)
  }
  look()
  const looking = setInterval(look, 50)
  globalThis.testStopWatching = () => {
    clearInterval(looking)
    note()
    void current?.reader.cancel()
    return longest
  }
}

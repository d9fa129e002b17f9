/** The longest time for which a page decodes no new frame of somebody, to the millisecond. */
import type { Person, PersonOptions } from '../support/person.ts'

interface FrameReader {
  read(): Promise<{ done: boolean; value?: { close(): void } }>
  cancel(): Promise<void>
}

/** W3C mediacapture-transform, as Chromium has it in windows too; TypeScript's DOM lacks it. */
type TrackProcessor = new (init: { track: MediaStreamTrack }) => { readable: ReadableStream }

declare global {
  var MediaStreamTrackProcessor: TrackProcessor
  /** Stops the watch that runs in this page; its answer in milliseconds. */
  var testStopWatching: () => Promise<number>
}

/** Who is to be watched: the worker that looks at frames is the test's own, and the app's policy knows no such worker. */
export const WATCHED: PersonOptions = { context: { bypassCSP: true } }

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

/**
 * Reads each frame as the decoder hands it on, in a worker: a page that draws what has happened is busy for a moment, and
 * its pictures aren't late for that.
 */
function watchInPage(peerId: string): void {
  const reading = (): void => {
    let last = performance.now()
    let longest = 0
    let reader: FrameReader | undefined
    const note = (): void => {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
    }
    const follow = async (next: FrameReader): Promise<void> => {
      for (;;) {
        const { done, value } = await next.read()
        if (done) return
        value?.close()
        note()
      }
    }
    globalThis.onmessage = ({ data }: MessageEvent<ReadableStream | 'stop'>) => {
      void reader?.cancel()
      if (data !== 'stop') {
        reader = data.getReader() as FrameReader
        return void follow(reader)
      }
      note()
      globalThis.postMessage(longest)
    }
  }
  const script = new Blob([`(${reading.toString()})()`], { type: 'text/javascript' })
  const worker = new Worker(URL.createObjectURL(script))
  let refused = false
  worker.onerror = () => (refused = true)
  let current: MediaStreamTrack | undefined
  // Whatever is shown of them: a connection that was made anew has another track.
  const look = (): void => {
    const videos = document.querySelectorAll<HTMLVideoElement>(`[data-peer-id="${peerId}"] video`)
    const track = [...videos]
      .flatMap(({ srcObject }) => (srcObject instanceof MediaStream ? srcObject.getVideoTracks() : []))
      .find(({ readyState }) => readyState === 'live')
    if (!track || track === current) return
    current = track
    const { readable } = new MediaStreamTrackProcessor({ track })
    worker.postMessage(readable, [readable])
  }
  look()
  const looking = setInterval(look, 50)
  globalThis.testStopWatching = () => {
    clearInterval(looking)
    return new Promise((resolve, reject) => {
      if (refused) reject(new Error('The page runs no worker: launch its person as WATCHED.'))
      worker.onmessage = ({ data }: MessageEvent<number>) => {
        worker.terminate()
        resolve(data)
      }
      worker.postMessage('stop')
    })
  }
}

/** How loud one's own microphone is, by the page's one AudioContext. */

export interface LevelMeter {
  /** Measures this track from now on; `undefined` for none. */
  listen(track: MediaStreamTrack | undefined): void
  /** In a gesture: browsers keep a context that was made outside of one suspended. */
  resume(): void
  close(): void
}

const TICK_MS = 100
/** It plays nothing: no speaker (which not every browser can leave out), and as few wakings as can be. */
const LISTENING = { latencyHint: 'playback', sinkId: { type: 'none' } } as const

export function makeLevelMeter(onLevel: (level: number) => void): LevelMeter {
  const stop = new AbortController()
  let context: AudioContext | undefined
  let source: MediaStreamAudioSourceNode | undefined
  let analyser: AnalyserNode | undefined
  let timer: ReturnType<typeof setInterval> | undefined
  let samples = new Float32Array(0)
  let heard: MediaStreamTrack | undefined

  const measure = () => {
    if (!analyser || context?.state !== 'running') return
    analyser.getFloatTimeDomainData(samples)
    let sum = 0
    for (const sample of samples) sum += sample * sample
    onLevel(Math.min(1, Math.sqrt(sum / samples.length) * 4))
  }
  const resume = () => void context?.resume().catch(() => {})
  // The first touch of the page will do as well as the one on Join.
  for (const type of ['pointerdown', 'keydown']) {
    document.addEventListener(type, resume, { signal: stop.signal, passive: true })
  }

  return {
    listen(track) {
      if (track === heard) return
      heard = track
      source?.disconnect()
      source = undefined
      clearInterval(timer)
      if (!track) return onLevel(0)
      if (typeof AudioContext === 'undefined') return
      if (!context) {
        context = new AudioContext(LISTENING)
        analyser = context.createAnalyser()
        analyser.fftSize = 1024
        samples = new Float32Array(analyser.fftSize)
      }
      source = context.createMediaStreamSource(new MediaStream([track]))
      source.connect(analyser!)
      resume()
      timer = setInterval(measure, TICK_MS)
    },
    resume,
    close() {
      stop.abort()
      clearInterval(timer)
      source?.disconnect()
      void context?.close().catch(() => {})
    },
  }
}

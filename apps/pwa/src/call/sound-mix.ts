/** One's own microphone and, while a screen is shared with sound, that sound in the same track (P41). */

export interface SoundMix {
  setMicrophone(track: MediaStreamTrack | null): void
  setScreen(track: MediaStreamTrack | null): void
  close(): void
}

interface Mixer {
  context: AudioContext
  output: MediaStreamAudioDestinationNode
  /** Held, for a node that nobody holds may be collected while it plays. */
  screen: MediaStreamAudioSourceNode
  microphone?: MediaStreamAudioSourceNode
}

/** @param onTrack the track to be sent: the microphone's own as long as there is nothing to mix */
export function makeSoundMix(onTrack: (track: MediaStreamTrack | null) => void): SoundMix {
  let microphone: MediaStreamTrack | null = null
  let mixer: Mixer | undefined
  let sent: MediaStreamTrack | null = null
  let closed = false

  const update = () => {
    // A context that doesn't run is silent, and would take the voice with it.
    const running = mixer?.context.state === 'running'
    // Who is muted sends nothing at all: silence costs an encoder for each of the others, and every one of them a decoder.
    const voice = microphone?.enabled ? microphone : null
    const track = mixer && running ? (mixer.output.stream.getAudioTracks()[0] ?? null) : voice
    if (track === sent || closed) return
    sent = track
    onTrack(track)
  }
  /** A muted microphone stays connected: its track is disabled, and gives silence. */
  const plug = () => {
    if (!mixer) return
    mixer.microphone?.disconnect()
    delete mixer.microphone
    if (!microphone) return
    mixer.microphone = mixer.context.createMediaStreamSource(new MediaStream([microphone]))
    mixer.microphone.connect(mixer.output)
  }
  const unmix = () => {
    const old = mixer
    mixer = undefined
    update()
    if (!old) return
    old.context.onstatechange = null
    old.context.close().catch(() => {})
  }

  return {
    setMicrophone(track) {
      microphone = track
      plug()
      update()
    },
    setScreen(track) {
      unmix()
      if (!track) return
      const context = new AudioContext()
      const output = context.createMediaStreamDestination()
      const screen = context.createMediaStreamSource(new MediaStream([track]))
      screen.connect(output)
      mixer = { context, output, screen }
      plug()
      context.onstatechange = update
      context.resume().then(update, () => {})
    },
    close() {
      closed = true
      unmix()
    },
  }
}

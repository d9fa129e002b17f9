/** Whether a camera gives a picture and a microphone a sound. Both are let go as soon as that is known. */
import { missingDevices, problemOf } from '../call/device-problem.ts'
import type { DeviceItem, Finding } from './findings.ts'
import { sleep, within } from './waiting.ts'

/** Milliseconds: cameras of some laptops take three seconds to wake up. */
const PICTURE_MS = 6_000
const SOUND_MS = 2_000

const KINDS = { camera: 'video', microphone: 'audio' } as const

/** Asks for both in one question where both are there. */
export async function checkDevices(
  signal: AbortSignal,
  onFound: (item: DeviceItem, finding: Finding) => void,
): Promise<void> {
  const missing = missingDevices()
  if (missing) {
    onFound('camera', { verdict: 'bad', problem: missing })
    onFound('microphone', { verdict: 'bad', problem: missing })
    return
  }
  const both = await navigator.mediaDevices.getUserMedia({ video: true, audio: true }).catch(() => undefined)
  const look = async (item: DeviceItem): Promise<void> => {
    onFound(item, await checkDevice(item, both, signal))
  }
  try {
    await look('camera')
    await look('microphone')
  } finally {
    stop(both)
  }
}

async function checkDevice(
  item: DeviceItem,
  both: MediaStream | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  const kind = KINDS[item]
  let alone: MediaStream | undefined
  try {
    // Together they are refused when one of them is.
    if (!both) alone = await navigator.mediaDevices.getUserMedia({ [kind]: true })
    const stream = both ?? alone!
    if (item === 'camera')
      return (await givesPicture(stream, signal))
        ? { verdict: 'good', why: 'cameraGood' }
        : { verdict: 'poor', why: 'cameraDark' }
    return (await givesSound(stream, signal))
      ? { verdict: 'good', why: 'microphoneGood' }
      : { verdict: 'poor', why: 'microphoneSilent' }
  } catch (error) {
    return { verdict: 'bad', problem: await problemOf(error, kind) }
  } finally {
    stop(alone)
  }
}

const stop = (stream: MediaStream | undefined): void => stream?.getTracks().forEach((track) => track.stop())

function givesPicture(stream: MediaStream, signal: AbortSignal): Promise<boolean> {
  const video = document.createElement('video')
  video.muted = video.playsInline = true
  video.srcObject = new MediaStream(stream.getVideoTracks())
  return new Promise<boolean>((resolve) => {
    const ends = within(signal, PICTURE_MS)
    ends.addEventListener('abort', () => resolve(false), { once: true })
    video.addEventListener('loadeddata', () => resolve(true), { once: true })
    // Refused where pages may not start anything: the first frame comes all the same.
    video.play().catch(() => undefined)
  }).finally(() => (video.srcObject = null))
}

/** Digital silence is a microphone that is switched off on the device: a quiet room isn't all zeroes. */
async function givesSound(stream: MediaStream, signal: AbortSignal): Promise<boolean> {
  const audio = new AudioContext()
  try {
    await Promise.race([audio.resume(), sleep(500)])
    // It can't be listened to here; that it is there is all that can be said.
    if (audio.state !== 'running') return true
    const analyser = new AnalyserNode(audio, { fftSize: 2048 })
    audio.createMediaStreamSource(new MediaStream(stream.getAudioTracks())).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    const until = performance.now() + SOUND_MS
    while (performance.now() < until && !signal.aborted) {
      await sleep(50)
      analyser.getFloatTimeDomainData(samples)
      if (samples.some((sample) => sample !== 0)) return true
    }
    return false
  } finally {
    void audio.close()
  }
}

/** One's own camera, microphone and speaker: opening, choosing, losing and finding them again. */
import type { Device, DeviceState } from './call-state.ts'
import { makeDeviceSlot, type MediaKind } from './device-slot.ts'
import { facingOf } from './facing.ts'
import { makeLevelMeter } from './level-meter.ts'

export interface LocalMediaOptions {
  onDevice(kind: MediaKind, state: DeviceState): void
  onDevices(devices: { cameras: Device[]; microphones: Device[]; speakers: Device[] }): void
  /** The track to be sent; `null` while there is none. A muted microphone keeps its track, disabled. */
  onTrack(kind: MediaKind, track: MediaStreamTrack | null): void
  /** 0 to 1, about ten times a second while the microphone is on. */
  onLevel(level: number): void
  onSpeaker(deviceId: string | undefined): void
}

export interface LocalMedia {
  /** Opens what is wanted, and begins to follow the devices. */
  start(on: { mic: boolean; camera: boolean }): void
  set(kind: MediaKind, on: boolean): void
  choose(kind: MediaKind, deviceId: string): void
  /** To the camera that looks the other way. */
  flip(): void
  chooseSpeaker(deviceId: string): void
  retry(): void
  /** In a gesture: lets the level meter run where the browser waits for one, and asks for what the system has taken. */
  resume(): void
  /** What was on at the last visit; both on a first one. */
  remembered(): { mic: boolean; camera: boolean }
  close(): void
}

interface Remembered {
  cameraId?: string
  microphoneId?: string
  speakerId?: string
  camera?: boolean
  mic?: boolean
}

const KEY = 'maru:devices'
const ID_KEYS = { audio: 'microphoneId', video: 'cameraId' } as const
const ON_KEYS = { audio: 'mic', video: 'camera' } as const

function recall(): Remembered {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? '{}') as Remembered | null) ?? {}
  } catch {
    return {}
  }
}

const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype

/** Only cameras of phones tell which way they look, and not in every browser. */
function describe(info: MediaDeviceInfo): Device {
  const { deviceId, label } = info
  const input = info as Partial<InputDeviceInfo>
  const facing = facingOf(input.getCapabilities?.().facingMode?.[0])
  return { deviceId, label, ...(facing && { facing }) }
}

export function makeLocalMedia(options: LocalMediaOptions): LocalMedia {
  const stop = new AbortController()
  const { signal } = stop
  const memory = recall()
  const meter = makeLevelMeter((level) => options.onLevel(level))
  const remember = (change: Remembered) => {
    Object.assign(memory, change)
    try {
      localStorage.setItem(KEY, JSON.stringify(memory))
    } catch {
      // Storage is full or forbidden: the choice lasts for this page.
    }
  }

  const makeSlot = (kind: MediaKind) =>
    makeDeviceSlot({
      kind,
      rememberedId: () => memory[ID_KEYS[kind]],
      onChosen: (deviceId) => remember({ [ID_KEYS[kind]]: deviceId }),
      onState(state) {
        options.onDevice(kind, state)
        // Labels are there only once a device of the kind has been opened.
        if (state.kind === 'on') void listDevices()
      },
      onUnmuted: () => void look(),
      onTrack(track) {
        options.onTrack(kind, track)
        if (kind === 'audio') meter.listen(track?.enabled ? track : undefined)
      },
    })
  const slots = { audio: makeSlot('audio'), video: makeSlot('video') }

  const listDevices = async () => {
    const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? []
    if (signal.aborted) return undefined
    // Before permission they have neither ids nor labels: nothing that could be chosen.
    const of = (kind: MediaDeviceKind) =>
      all.filter((info) => info.kind === kind && info.deviceId !== '').map((info) => describe(info))
    const devices = {
      cameras: of('videoinput'),
      microphones: of('audioinput'),
      speakers: canChooseSpeaker() ? of('audiooutput') : [],
    }
    options.onDevices(devices)
    return devices
  }
  const look = async () => {
    meter.resume()
    const devices = await listDevices()
    if (!devices) return
    slots.video.recover(devices.cameras)
    slots.audio.recover(devices.microphones)
  }

  return {
    start(on) {
      navigator.mediaDevices?.addEventListener?.('devicechange', () => void look(), { signal })
      // iOS ends or mutes tracks while the page is away, and doesn't bring them back.
      document.addEventListener('visibilitychange', () => void look(), { signal })
      window.addEventListener('pageshow', () => void look(), { signal })
      options.onSpeaker(memory.speakerId)
      slots.audio.set(on.mic)
      slots.video.set(on.camera)
      void listDevices()
    },
    set(kind, on) {
      remember({ [ON_KEYS[kind]]: on })
      slots[kind].set(on)
    },
    choose: (kind, deviceId) => slots[kind].choose(deviceId),
    flip: () => slots.video.flip(),
    chooseSpeaker(deviceId) {
      remember({ speakerId: deviceId })
      options.onSpeaker(deviceId)
    },
    retry() {
      slots.audio.retry()
      slots.video.retry()
    },
    resume: () => void look(),
    remembered: () => ({ mic: memory.mic ?? true, camera: memory.camera ?? true }),
    close() {
      stop.abort()
      slots.audio.close()
      slots.video.close()
      meter.close()
    },
  }
}

/** One's own camera, microphone and speaker: opening, choosing, losing and finding them again. */
import type { Device, DeviceProblem, DeviceState } from './call-state.ts'
import { missingDevices, problemOf } from './device-problem.ts'
import { makeLevelMeter } from './level-meter.ts'

type MediaKind = 'audio' | 'video'

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
  chooseSpeaker(deviceId: string): void
  retry(): void
  /** In a gesture: lets the level meter run where the browser waits for one. */
  resumeAudio(): void
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

function constraintsFor(kind: MediaKind, deviceId: string | undefined): MediaStreamConstraints {
  const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } }
  if (kind === 'audio') {
    return { audio: { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true } }
  }
  return {
    video: { ...device, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
  }
}

const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype

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

  /** One kind of device. What is wanted may change while the browser is asking; the last wish wins. */
  const makeSlot = (kind: MediaKind) => {
    let wanted = false
    let exactId: string | undefined
    let track: MediaStreamTrack | undefined
    let problem: DeviceProblem | undefined
    let opening = 0

    const publish = (state: DeviceState) => {
      problem = state.kind === 'problem' ? state.problem : undefined
      options.onDevice(kind, state)
    }
    const drop = () => {
      if (!track) return
      track.onended = null
      track.stop()
      track = undefined
      options.onTrack(kind, null)
      if (kind === 'audio') meter.listen(undefined)
    }
    const show = () => {
      if (track && wanted) {
        const deviceId = track.getSettings().deviceId ?? ''
        publish({ kind: 'on', deviceId, label: track.label })
      } else publish({ kind: 'off' })
    }

    const take = (next: MediaStreamTrack) => {
      const previous = track
      track = next
      next.onended = () => void lost(next)
      if (kind === 'video' && 'contentHint' in next) next.contentHint = 'motion'
      next.enabled = wanted
      options.onTrack(kind, next)
      if (previous) {
        previous.onended = null
        previous.stop()
      }
      if (kind === 'audio') meter.listen(wanted ? next : undefined)
      show()
      void listDevices()
    }

    /** Unplugged, or taken by the system: another one of its kind will do. */
    const lost = async (gone: MediaStreamTrack) => {
      if (track !== gone) return
      drop()
      exactId = undefined
      if (!wanted) return show()
      await open('lost')
    }

    const request = async (deviceId: string | undefined) => {
      const stream = await navigator.mediaDevices.getUserMedia(constraintsFor(kind, deviceId))
      return stream.getTracks()[0]
    }
    /** The chosen device, or the one remembered, or any. (`ideal` won't do: the size of the picture outweighs it.) */
    const ask = async (): Promise<MediaStreamTrack | undefined> => {
      const deviceId = exactId ?? memory[ID_KEYS[kind]]
      try {
        return await request(deviceId)
      } catch (error) {
        const { name } = error as DOMException
        // Many phones open one camera at a time.
        if (name === 'NotReadableError' && track) {
          drop()
          return request(deviceId)
        }
        const isGone = name === 'OverconstrainedError' || name === 'NotFoundError'
        if (isGone && deviceId !== undefined && exactId === undefined) return request(undefined)
        throw error
      }
    }

    const open = async (because?: 'lost') => {
      const missing = missingDevices()
      if (missing) return publish({ kind: 'problem', problem: missing })
      const mine = ++opening
      publish({ kind: 'starting' })
      try {
        const next = await ask()
        if (mine !== opening || signal.aborted || !next) return next?.stop()
        // Switched off while the question was open.
        if (!wanted && kind === 'video') {
          next.stop()
          return show()
        }
        if (exactId !== undefined) remember({ [ID_KEYS[kind]]: exactId })
        take(next)
      } catch (error) {
        if (mine !== opening || signal.aborted) return
        const why = await problemOf(error, kind)
        if (mine !== opening || signal.aborted) return
        if (!wanted) return show()
        // A chosen device that can't be had leaves the one before in place.
        if (exactId !== undefined && track?.readyState === 'live') {
          exactId = undefined
          return show()
        }
        publish({ kind: 'problem', problem: because === 'lost' && why === 'not-found' ? 'lost' : why })
      }
    }

    const set = (on: boolean) => {
      wanted = on
      if (on && track?.readyState !== 'live') return void open()
      // A microphone stays open while it's muted: unmuting must not cut off the first word.
      if (kind === 'video' && !on) {
        opening += 1
        drop()
      }
      if (track) track.enabled = on
      if (kind === 'audio') meter.listen(on ? track : undefined)
      show()
    }

    return {
      set,
      choose(deviceId: string) {
        exactId = deviceId
        if (wanted) void open()
        // A muted microphone's track is the old device's: the next one is opened when it is wanted.
        else drop()
      },
      retry() {
        if (wanted && problem !== undefined) void open()
      },
      /** Devices came or went, or the page is back: what is wanted and isn't there may be there now. */
      recover(all: Device[]) {
        if (!wanted) return
        if (problem === 'lost' || problem === 'not-found') {
          if (all.length > 0) void open('lost')
        } else if (
          track &&
          (track.readyState === 'ended' || (track.muted && document.visibilityState === 'visible'))
        ) {
          void open('lost')
        }
      },
      close() {
        opening += 1
        drop()
      },
    }
  }
  const slots = { audio: makeSlot('audio'), video: makeSlot('video') }

  const listDevices = async () => {
    const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? []
    if (signal.aborted) return undefined
    // Before permission they have neither ids nor labels: nothing that could be chosen.
    const of = (kind: MediaDeviceKind) =>
      all
        .filter((info) => info.kind === kind && info.deviceId !== '')
        .map(({ deviceId, label }) => ({ deviceId, label }))
    const devices = {
      cameras: of('videoinput'),
      microphones: of('audioinput'),
      speakers: canChooseSpeaker() ? of('audiooutput') : [],
    }
    options.onDevices(devices)
    return devices
  }
  const look = async () => {
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
    chooseSpeaker(deviceId) {
      remember({ speakerId: deviceId })
      options.onSpeaker(deviceId)
    },
    retry() {
      slots.audio.retry()
      slots.video.retry()
    },
    resumeAudio: () => meter.resume(),
    remembered: () => ({ mic: memory.mic ?? true, camera: memory.camera ?? true }),
    close() {
      stop.abort()
      slots.audio.close()
      slots.video.close()
      meter.close()
    },
  }
}

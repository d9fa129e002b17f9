/** One kind of device, camera or microphone: what is wanted of it, and the track that there is. */
import type { Device, DeviceProblem, DeviceState } from './call-state.ts'
import { missingDevices, problemOf } from './device-problem.ts'

export type MediaKind = 'audio' | 'video'

export interface DeviceSlotOptions {
  kind: MediaKind
  onState(state: DeviceState): void
  /** The track to be sent; `null` while there is none. A muted microphone keeps its track, disabled. */
  onTrack(track: MediaStreamTrack | null): void
  /** The device that was chosen in an earlier visit. */
  rememberedId(): string | undefined
  /** A choice that worked. */
  onChosen(deviceId: string): void
}

export interface DeviceSlot {
  set(on: boolean): void
  choose(deviceId: string): void
  retry(): void
  /** Devices came or went, or the page is back: what is wanted and isn't there may be there now. */
  recover(all: Device[]): void
  close(): void
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

async function request(kind: MediaKind, deviceId: string | undefined): Promise<MediaStreamTrack | undefined> {
  const stream = await navigator.mediaDevices.getUserMedia(constraintsFor(kind, deviceId))
  return stream.getTracks()[0]
}

/** What is wanted may change while the browser is asking; the last wish wins. */
export function makeDeviceSlot(options: DeviceSlotOptions): DeviceSlot {
  const { kind } = options
  let wanted = false
  let exactId: string | undefined
  let track: MediaStreamTrack | undefined
  let problem: DeviceProblem | undefined
  /** The latest question to the browser; the answers to earlier ones are thrown away. */
  let question = 0
  let asking = false

  const publish = (state: DeviceState) => {
    problem = state.kind === 'problem' ? state.problem : undefined
    options.onState(state)
  }
  const show = () => {
    if (!track || !wanted) return publish({ kind: 'off' })
    publish({ kind: 'on', deviceId: track.getSettings().deviceId ?? '', label: track.label })
  }
  const release = (old: MediaStreamTrack | undefined) => {
    if (!old) return
    old.onended = null
    old.stop()
  }
  const drop = () => {
    if (!track) return
    release(track)
    track = undefined
    options.onTrack(null)
  }
  const cancel = () => {
    question += 1
    asking = false
  }

  const take = (next: MediaStreamTrack) => {
    const previous = track
    track = next
    next.onended = () => lost(next)
    if (kind === 'video' && 'contentHint' in next) next.contentHint = 'motion'
    next.enabled = wanted
    options.onTrack(next)
    release(previous)
    show()
  }

  /** Unplugged, or taken by the system: another one of its kind will do. */
  const lost = (gone: MediaStreamTrack) => {
    if (track !== gone) return
    drop()
    exactId = undefined
    if (wanted) void open('lost')
    else show()
  }

  /** The chosen device, or the one remembered, or any. (`ideal` won't do: the size of the picture outweighs it.) */
  const ask = async (): Promise<MediaStreamTrack | undefined> => {
    const deviceId = exactId ?? options.rememberedId()
    try {
      return await request(kind, deviceId)
    } catch (error) {
      const { name } = error as DOMException
      // Many phones open one camera at a time.
      if (name === 'NotReadableError' && track) {
        drop()
        return request(kind, deviceId)
      }
      const isGone = name === 'OverconstrainedError' || name === 'NotFoundError'
      if (isGone && deviceId !== undefined && exactId === undefined) return request(kind, undefined)
      throw error
    }
  }

  const open = async (because?: 'lost') => {
    const missing = missingDevices()
    if (missing) return publish({ kind: 'problem', problem: missing })
    const mine = ++question
    asking = true
    publish({ kind: 'starting' })
    try {
      const next = await ask()
      if (mine !== question || !next) return next?.stop()
      if (exactId !== undefined) options.onChosen(exactId)
      take(next)
    } catch (error) {
      const why = await problemOf(error, kind)
      if (mine === question) failed(because === 'lost' && why === 'not-found' ? 'lost' : why)
    } finally {
      if (mine === question) asking = false
    }
  }

  const failed = (why: DeviceProblem) => {
    const chosen = exactId !== undefined
    exactId = undefined
    // A chosen device that can't be had leaves the one before in place.
    if (!wanted || (chosen && track?.readyState === 'live')) show()
    else publish({ kind: 'problem', problem: why })
  }

  return {
    set(on) {
      wanted = on
      if (!on && kind === 'video') {
        cancel()
        drop()
      }
      if (on && track?.readyState !== 'live') {
        if (!asking) void open()
        return
      }
      // A microphone stays open while it's muted: unmuting must not cut off the first word.
      if (track) {
        track.enabled = on
        options.onTrack(track)
      }
      show()
    },
    choose(deviceId) {
      exactId = deviceId
      if (wanted) void open()
      // A muted microphone's track is the old device's: the next one is opened when it is wanted.
      else drop()
    },
    retry() {
      if (wanted && problem !== undefined) void open()
    },
    recover(all) {
      if (!wanted || asking) return
      const returned = (problem === 'lost' || problem === 'not-found') && all.length > 0
      const silenced = track?.muted === true && document.visibilityState === 'visible'
      if (returned || silenced || track?.readyState === 'ended') void open('lost')
    },
    close() {
      cancel()
      drop()
    },
  }
}

/** One kind of device, camera or microphone: what is wanted of it, and the track that there is. */
import type { Device, DeviceProblem, DeviceState, Facing } from './call-state.ts'
import { missingDevices, problemOf } from './device-problem.ts'
import { facingOf, opposite } from './facing.ts'

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
  /** The system has let go of this device: it may have let go of others. */
  onUnmuted(): void
}

export interface DeviceSlot {
  set(on: boolean): void
  choose(deviceId: string): void
  /** To the camera that looks the other way. */
  flip(): void
  retry(): void
  /** Devices came or went, or the page is back: what is wanted and isn't there may be there now. */
  recover(all: Device[]): void
  close(): void
}

/** Which of its kind; any, if neither is given. */
interface Pick {
  deviceId?: string | undefined
  facing?: Facing | undefined
}

/** Why it is asked for. `silenced`: there is a track, but the system keeps it silent or black. */
type Because = 'wanted' | 'chosen' | 'flipped' | 'lost' | 'silenced'

/** A track that the system has muted usually comes back by itself as soon as the page does. */
const SILENCE_MS = 1_000

const isVisible = (): boolean => document.visibilityState === 'visible'

function constraintsFor(kind: MediaKind, { deviceId, facing }: Pick): MediaStreamConstraints {
  const device = {
    ...(deviceId !== undefined && { deviceId: { exact: deviceId } }),
    ...(facing !== undefined && { facingMode: { exact: facing } }),
  }
  if (kind === 'audio') {
    return { audio: { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true } }
  }
  return {
    video: { ...device, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
  }
}

async function request(kind: MediaKind, pick: Pick): Promise<MediaStreamTrack | undefined> {
  const stream = await navigator.mediaDevices.getUserMedia(constraintsFor(kind, pick))
  return stream.getTracks()[0]
}

/** What is wanted may change while the browser is asking; the last wish wins. */
export function makeDeviceSlot(options: DeviceSlotOptions): DeviceSlot {
  const { kind } = options
  let wanted = false
  let exactId: string | undefined
  /** The side that was chosen by flipping: for this call, and never remembered. */
  let facing: Facing | undefined
  let track: MediaStreamTrack | undefined
  let problem: DeviceProblem | undefined
  /** The latest question to the browser; the answers to earlier ones are thrown away. */
  let question = 0
  let asking = false
  /** Browsers may not answer a page that can't be seen. */
  let askedUnseen = false
  /** It worked, and then the system took it. */
  let interrupted = false
  let silence: ReturnType<typeof setTimeout> | undefined

  const publish = (state: DeviceState) => {
    problem = state.kind === 'problem' ? state.problem : undefined
    options.onState(state)
  }
  const show = () => {
    if (!track || !wanted) return publish({ kind: 'off' })
    interrupted = false
    const { deviceId = '', facingMode } = track.getSettings()
    const side = facingOf(facingMode)
    publish({ kind: 'on', deviceId, label: track.label, ...(side && { facing: side }) })
  }
  const release = (old: MediaStreamTrack | undefined) => {
    if (!old) return
    old.onended = old.onmute = old.onunmute = null
    old.stop()
  }
  const drop = () => {
    if (!track) return
    release(track)
    track = undefined
    options.onTrack(null)
  }
  const cancel = () => {
    clearTimeout(silence)
    question += 1
    asking = false
  }

  const take = (next: MediaStreamTrack) => {
    const previous = track
    track = next
    next.onended = () => lost(next)
    // Not when it is muted from the start: asked for again it would be no better.
    next.onmute = () => silenced(next)
    next.onunmute = () => unmuted(next)
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
    if (!wanted) return show()
    interrupted = true
    void open('lost')
  }
  const silenced = (quiet: MediaStreamTrack) => {
    clearTimeout(silence)
    silence = setTimeout(() => {
      if (track !== quiet || !quiet.muted || !wanted || asking || !isVisible()) return
      interrupted = true
      void open('silenced')
    }, SILENCE_MS)
  }
  const unmuted = (back: MediaStreamTrack) => {
    if (track !== back) return
    clearTimeout(silence)
    if (problem !== undefined) show()
    options.onUnmuted()
  }

  /** The chosen device, or the one remembered, or any. (`ideal` won't do: the size of the picture outweighs it.) */
  const ask = async (because: Because): Promise<MediaStreamTrack | undefined> => {
    const pick = facing ? { facing } : { deviceId: exactId ?? options.rememberedId() }
    try {
      return await request(kind, pick)
    } catch (error) {
      const { name } = error as DOMException
      // Many phones open one camera at a time.
      if (name === 'NotReadableError' && track) {
        drop()
        return request(kind, pick)
      }
      const isGone = name === 'OverconstrainedError' || name === 'NotFoundError'
      const any = facing ? because !== 'flipped' : pick.deviceId !== undefined && exactId === undefined
      if (isGone && any) return request(kind, {})
      throw error
    }
  }

  const open = async (because: Because) => {
    const missing = missingDevices()
    if (missing) return publish({ kind: 'problem', problem: missing })
    const mine = ++question
    asking = true
    askedUnseen = !isVisible()
    // What is there is still shown and sent, for what it's worth.
    if (because !== 'silenced') publish({ kind: 'starting' })
    try {
      const next = await ask(because)
      if (mine !== question || !next) return next?.stop()
      if (exactId !== undefined) options.onChosen(exactId)
      take(next)
    } catch (error) {
      const why = await problemOf(error, kind)
      if (mine === question) failed(why, because)
    } finally {
      if (mine === question) asking = false
    }
  }

  const failed = (why: DeviceProblem, because: Because) => {
    exactId = undefined
    facing = undefined
    // A chosen device that can't be had leaves the one before in place.
    const chosen = because === 'chosen' || because === 'flipped'
    if (!wanted || (chosen && track?.readyState === 'live')) return show()
    const gone = because === 'lost' && why === 'not-found'
    publish({ kind: 'problem', problem: gone ? 'lost' : why, ...(interrupted && { interrupted }) })
  }

  return {
    set(on) {
      wanted = on
      if (!on && kind === 'video') {
        cancel()
        drop()
      }
      if (!on) interrupted = false
      if (on && (track?.readyState !== 'live' || problem !== undefined)) {
        if (!asking) void open('wanted')
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
      facing = undefined
      if (wanted) void open('chosen')
      // A muted microphone's track is the old device's: the next one is opened when it is wanted.
      else drop()
    },
    flip() {
      const side = facingOf(track?.getSettings().facingMode)
      if (!wanted || asking || side === undefined) return
      exactId = undefined
      facing = opposite(side)
      void open('flipped')
    },
    retry() {
      if (wanted && problem !== undefined) void open('wanted')
    },
    recover(all) {
      if (!wanted || (asking && !(askedUnseen && isVisible()))) return
      const missing = problem === 'lost' || problem === 'not-found'
      const returned = missing && all.length > 0
      const again = problem !== undefined && !missing && interrupted && isVisible()
      if (asking || returned || again || track?.readyState === 'ended') return void open('lost')
      if (track?.muted) silenced(track)
    },
    close() {
      cancel()
      drop()
    },
  }
}

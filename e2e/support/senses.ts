/** What a page really shows and plays of somebody: pixels, a spectrum and decoder statistics, not the DOM's word for it. */
import type { Page } from '@playwright/test'
import type { Rgb } from './fake-media.ts'

declare global {
  // Every connection that the page has made, kept by `watchConnections`.
  var testConnections: RTCPeerConnection[]
}

/** What these senses need of a page, whatever browser it is in. */
export interface Looks {
  evaluate<Result, Arg>(look: (arg: Arg) => Result | Promise<Result>, arg: Arg): Promise<Result>
}

/** Runs in the page before its own scripts do. */
export function watchConnections(): void {
  const connections: RTCPeerConnection[] = []
  const Native = globalThis.RTCPeerConnection
  globalThis.testConnections = connections
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      connections.push(this)
    }
  }
}

/** The mean colour in the middle of a tile's picture; `undefined` while there is none. */
export function colourOf(page: Looks, tile: string): Promise<Rgb | undefined> {
  return page.evaluate((selector) => {
    const video = [
      ...document.querySelectorAll<HTMLVideoElement>(`${selector} video, video${selector}`),
    ].find(
      (candidate) =>
        candidate.readyState >= candidate.HAVE_CURRENT_DATA &&
        candidate.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
    )
    if (!video) return undefined
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 8
    const context = canvas.getContext('2d')
    if (!context) return undefined
    const { videoWidth: width, videoHeight: height } = video
    context.drawImage(video, width / 4, height / 4, width / 2, height / 2, 0, 0, 8, 8)
    const { data } = context.getImageData(0, 0, 8, 8)
    const sum = [0, 0, 0]
    for (let i = 0; i < data.length; i++) if (i % 4 < 3) sum[i % 4]! += data[i]!
    return [sum[0]! / 64, sum[1]! / 64, sum[2]! / 64] as const
  }, tile)
}

/** The loudest frequency in hertz within the next 1.2 s of what is played of somebody; `undefined` if all is quiet. */
export function toneOf(page: Looks, peerId: string): Promise<number | undefined> {
  return page.evaluate(async (id) => {
    const elements = document.querySelectorAll<HTMLMediaElement>(
      `audio[data-voice-of="${id}"], [data-peer-id="${id}"] audio, [data-peer-id="${id}"] video`,
    )
    const tracks = [...elements]
      // Only what can be heard: a muted element plays nothing.
      .filter((element) => !element.muted && !element.paused && element.volume > 0)
      .flatMap((element) =>
        element.srcObject instanceof MediaStream ? element.srcObject.getAudioTracks() : [],
      )
    const track = tracks.find(({ readyState }) => readyState === 'live')
    if (!track) return undefined
    const audio = new AudioContext()
    await audio.resume()
    const analyser = new AnalyserNode(audio, { fftSize: 8192, smoothingTimeConstant: 0 })
    audio.createMediaStreamSource(new MediaStream([track])).connect(analyser)
    const spectrum = new Float32Array(analyser.frequencyBinCount)
    let loudest = { decibels: -75, bin: -1 }
    for (let i = 0; i < 24; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      analyser.getFloatFrequencyData(spectrum)
      spectrum.forEach((decibels, bin) => {
        if (decibels > loudest.decibels) loudest = { decibels, bin }
      })
    }
    const hertz = (loudest.bin * audio.sampleRate) / analyser.fftSize
    await audio.close()
    return loudest.bin < 0 ? undefined : hertz
  }, peerId)
}

/** The energy of all sound that the page has sent so far (W3C webrtc-stats, §8.12): a disabled track adds nothing. */
export function sentEnergyOf(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let energy = 0
    for (const connection of globalThis.testConnections) {
      if (connection.connectionState === 'closed') continue
      for (const stats of (await connection.getStats()).values()) {
        if (stats.type === 'media-source' && stats.kind === 'audio') energy += stats.totalAudioEnergy ?? 0
      }
    }
    return energy
  })
}

/**
 * The energy of what was received so far of somebody and is being played (W3C webrtc-stats §8.4): for a browser whose
 * AudioContext stands still because the machine has no sound, which is Firefox's way.
 */
export function heardEnergyOf(page: Looks, peerId: string): Promise<number> {
  return page.evaluate(async (id) => {
    const elements = document.querySelectorAll<HTMLAudioElement>(`audio[data-voice-of="${id}"]`)
    const ids = new Set(
      [...elements]
        .filter((element) => !element.muted && !element.paused && element.volume > 0)
        .flatMap(({ srcObject }) => (srcObject instanceof MediaStream ? srcObject.getAudioTracks() : []))
        .filter(({ enabled }) => enabled)
        .map((track) => track.id),
    )
    let energy = 0
    for (const connection of globalThis.testConnections) {
      if (connection.connectionState === 'closed') continue
      for (const stats of (await connection.getStats()).values()) {
        if (stats.type === 'inbound-rtp' && stats.kind === 'audio' && ids.has(stats.trackIdentifier))
          energy += stats.totalAudioEnergy ?? 0
      }
    }
    return energy
  }, peerId)
}

/** Video frames that were decoded so far from the track that a tile shows, by the decoder's own count. */
export function framesOf(page: Looks, tile: string): Promise<number> {
  return page.evaluate(async (selector) => {
    const elements = document.querySelectorAll<HTMLVideoElement>(`${selector} video, video${selector}`)
    const ids = new Set(
      [...elements].flatMap(({ srcObject }) =>
        srcObject instanceof MediaStream ? srcObject.getVideoTracks().map(({ id }) => id) : [],
      ),
    )
    let frames = 0
    for (const connection of globalThis.testConnections) {
      if (connection.connectionState === 'closed') continue
      for (const stats of (await connection.getStats()).values()) {
        if (stats.type === 'inbound-rtp' && stats.kind === 'video' && ids.has(stats.trackIdentifier))
          frames += stats.framesDecoded ?? 0
      }
    }
    return frames
  }, tile)
}

export const distance = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])

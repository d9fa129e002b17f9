/** Which way media takes and when it comes, by the browser's own statistics. */
import { expect, type Page } from '@playwright/test'

type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay'

export interface Path {
  local: CandidateType
  remote: CandidateType
  /** How this side reaches its own relay; `undefined` where it uses none. */
  relayProtocol: 'udp' | 'tcp' | 'tls' | undefined
}

/** The candidate pair that is in use; `undefined` while there is none. */
export function pathOf(page: Page): Promise<Path | undefined> {
  return page.evaluate(async () => {
    for (const connection of globalThis.testConnections) {
      if (connection.connectionState === 'closed') continue
      const stats = await connection.getStats()
      const transport = [...stats.values()].find(({ type }) => type === 'transport')
      const pair = stats.get(transport?.selectedCandidatePairId ?? '')
      const local = stats.get(pair?.localCandidateId ?? '')
      const remote = stats.get(pair?.remoteCandidateId ?? '')
      if (!local || !remote) continue
      const { candidateType, relayProtocol } = local
      return { local: candidateType, remote: remote.candidateType, relayProtocol }
    }
    return undefined
  })
}

export const describePath = (path: Path | undefined): string =>
  path
    ? `${path.local}${path.relayProtocol ? ` (${path.relayProtocol})` : ''}–${path.remote}`
    : 'no candidate pair'

/** Kinds of the candidates that the other side has told of. */
export function remoteCandidatesOf(page: Page): Promise<CandidateType[]> {
  return page.evaluate(async () => {
    const kinds = new Set<CandidateType>()
    for (const connection of globalThis.testConnections) {
      if (connection.connectionState === 'closed') continue
      for (const stats of (await connection.getStats()).values())
        if (stats.type === 'remote-candidate') kinds.add(stats.candidateType)
    }
    return [...kinds]
  })
}

/** When the TURN credentials end that the page's connection has now; seconds since the epoch. */
export function credentialsEndOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const open = globalThis.testConnections.filter(({ connectionState }) => connectionState !== 'closed')
    const servers = open.flatMap((connection) => connection.getConfiguration().iceServers ?? [])
    return Math.max(...servers.map(({ username }) => Number.parseInt(username || '0', 10)))
  })
}

/** Video frames that the page has decoded so far, of everybody. */
export function decodedFramesOf(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let frames = 0
    for (const connection of globalThis.testConnections) {
      if (connection.connectionState === 'closed') continue
      for (const stats of (await connection.getStats()).values())
        if (stats.type === 'inbound-rtp' && stats.kind === 'video') frames += stats.framesDecoded ?? 0
    }
    return frames
  })
}

/** Milliseconds from `since` (`performance.now()`) until each of the pages has decoded a frame. */
export async function timeToMedia(pages: Page[], since: number): Promise<number> {
  const times = pages.map(async (page) => {
    await expect.poll(() => decodedFramesOf(page), { timeout: 30_000, intervals: [30] }).toBeGreaterThan(0)
    return performance.now() - since
  })
  return Math.round(Math.max(...(await Promise.all(times))))
}

/** So long without a new frame is an interruption; there are fifteen a second. */
const GAP_MS = 700
/** So long without another interruption is the end of it. */
const STEADY_MS = 2_000

interface Recording {
  frameTimes: number[]
  hints: number
}

/** From now on: when frames come, and how often the page is told of a network. */
async function record(page: Page): Promise<void> {
  await page.evaluate(() => {
    const recording: Recording = { frameTimes: [], hints: 0 }
    Object.assign(globalThis, { recording })
    addEventListener('online', () => (recording.hints += 1))
    const seen = new Map<string, number>()
    const look = async () => {
      for (const [index, connection] of globalThis.testConnections.entries()) {
        if (connection.connectionState === 'closed') continue
        for (const stats of (await connection.getStats()).values()) {
          if (stats.type !== 'inbound-rtp' || stats.kind !== 'video') continue
          const key = `${index} ${stats.id}`
          const frames = stats.framesDecoded ?? 0
          if (frames > (seen.get(key) ?? 0)) recording.frameTimes.push(Date.now())
          seen.set(key, frames)
        }
      }
    }
    setInterval(() => void look(), 50)
  })
}

const readRecording = (page: Page): Promise<Recording> =>
  page.evaluate(() => (globalThis as unknown as { recording: Recording }).recording)

export interface Interruption {
  /** Milliseconds from what caused it until the last of the pages has media again. */
  back: number
  /** Whether the first of the pages was told that its network had changed. */
  told: boolean
}

/**
 * Interrupts the media between pages and waits until it is back for good.
 * @param interrupt resolves with the moment (`Date.now()`) from which on the time counts
 */
export async function timeBack(pages: Page[], interrupt: () => Promise<number>): Promise<Interruption> {
  await Promise.all(pages.map(record))
  const began = Date.now()
  const since = await interrupt()
  const ends = pages.map(async (page) => {
    let end: number | undefined
    const state = async (): Promise<string> => {
      const { frameTimes: times } = await readRecording(page)
      end = times.findLast((time, i) => time > began && time - (times[i - 1] ?? began) > GAP_MS)
      if (end === undefined) return 'uninterrupted'
      return times.at(-1)! - end > STEADY_MS ? 'back' : 'coming back'
    }
    await expect.poll(state, { timeout: 40_000, intervals: [100] }).toBe('back')
    return end!
  })
  const back = Math.max(...(await Promise.all(ends))) - since
  return { back, told: (await readRecording(pages[0]!)).hints > 0 }
}

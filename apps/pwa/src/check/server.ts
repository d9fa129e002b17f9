/** Whether the server can be reached, how fast it answers, and what it gives for the rest of the check. */
import type { CheckInput, IceServer, ServerInfo } from '@maru/api-types'
import { readCheckServers, readServerInfo, reasonOf } from '../signaling/client.ts'
import type { Finding, Why } from './findings.ts'
import { within } from './waiting.ts'

const PATIENCE_MS = 8_000
const HEALTH_MS = 4_000
const SLOW_MS = 400
const ASKED = 5

export interface ServerAnswer {
  finding: Finding
  info?: ServerInfo
}

export async function checkServer(signal: AbortSignal): Promise<ServerAnswer> {
  if (!navigator.onLine) return { finding: { verdict: 'bad', why: 'offline' } }
  const ask = (): Promise<ServerInfo> => readServerInfo(within(signal, PATIENCE_MS))
  try {
    const info = await ask()
    const times: number[] = []
    for (let i = 0; i < ASKED; i++) {
      const before = performance.now()
      await ask()
      times.push(performance.now() - before)
    }
    const amount = median(times)
    const slow = amount > SLOW_MS
    return {
      info,
      finding: {
        verdict: slow ? 'poor' : 'good',
        why: slow ? 'serverSlow' : 'serverGood',
        value: { unit: 'ms', amount },
      },
    }
  } catch {
    return { finding: { verdict: 'bad', why: (await isHealthy(signal)) ? 'serverBlocked' : 'serverGone' } }
  }
}

/** Plain requests get through where live connections are cut. */
const isHealthy = (signal: AbortSignal): Promise<boolean> =>
  fetch('/healthz', {
    cache: 'no-store',
    signal: within(signal, HEALTH_MS),
  }).then(
    ({ ok }) => ok,
    () => false,
  )

/** Short-lived credentials, or why there are none. */
export async function askForServers(
  input: CheckInput,
  signal: AbortSignal,
): Promise<{ iceServers: IceServer[] } | { why: Why }> {
  try {
    const ends = within(signal, PATIENCE_MS)
    return { iceServers: await readCheckServers(input, ends) }
  } catch (error) {
    return { why: whyNone(error) }
  }
}

function whyNone(error: unknown): Why {
  switch (reasonOf(error)?.reason) {
    case 'create-key':
      return 'needsKey'
    case 'not-found':
    case 'removed':
    case 'room-full':
    case 'room-locked':
      return 'needsRoom'
    case 'rate-limited':
      return 'tooOften'
    default:
      return 'needsServer'
  }
}

export const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

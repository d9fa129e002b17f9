/** What the connection check looks at, and what it can find. Types, and the order in which people read them. */
import type { DeviceProblem } from '../call/call-state.ts'

export const DEVICE_ITEMS = ['camera', 'microphone'] as const
export const WAYS = ['udp', 'tcp', 'tls'] as const
export const NETWORK_ITEMS = ['server', 'direct', ...WAYS, 'roundTrip', 'loss', 'throughput'] as const

export type DeviceItem = (typeof DEVICE_ITEMS)[number]
/** How the relay is reached. */
export type Way = (typeof WAYS)[number]
export type Item = DeviceItem | (typeof NETWORK_ITEMS)[number]

/** Each has one sentence that says what it means or what to do. */
export type Why =
  | 'cameraGood'
  | 'cameraDark'
  | 'microphoneGood'
  | 'microphoneSilent'
  | 'serverGood'
  | 'serverSlow'
  | 'offline'
  | 'serverBlocked'
  | 'serverGone'
  | 'directGood'
  | 'directBlocked'
  | 'directNeedless'
  | 'wayGood'
  | 'udpBlocked'
  | 'tcpBlocked'
  | 'tlsBlocked'
  | 'wayRefused'
  | 'wayFull'
  | 'wayDead'
  | 'roundTripGood'
  | 'roundTripLong'
  | 'lossGood'
  | 'lossSome'
  | 'lossMuch'
  | 'throughputGood'
  | 'throughputLow'
  | 'throughputPoor'
  | 'notSetUp'
  | 'needsServer'
  | 'needsWay'
  | 'needsKey'
  | 'needsRoom'
  | 'tooOften'

type Verdict = 'good' | 'poor' | 'bad' | 'skipped'

export interface Value {
  unit: 'ms' | 'percent' | 'mbit'
  amount: number
}

export type Finding =
  | { verdict: Verdict; why: Why; value?: Value; /** ICE's error code. */ code?: number }
  /** A camera or microphone that the browser didn't give. */
  | { verdict: 'bad'; problem: DeviceProblem }

export type Findings = Partial<Record<Item, Finding | 'running'>>

export type Outcome = 'good' | 'poor' | 'bad'

const isFound = (finding: Findings[Item]): finding is Finding =>
  finding !== undefined && finding !== 'running'

/** What it comes down to for a call. */
export function outcomeOf(findings: Findings): Outcome {
  const found = Object.values(findings).filter(isFound)
  const verdictOf = (item: Item): Verdict | undefined => {
    const finding = findings[item]
    return isFound(finding) ? finding.verdict : undefined
  }
  const noWay = ['direct' as const, ...WAYS].map(verdictOf)
  const nowhere = noWay.includes('bad') && !noWay.includes('good')
  if (verdictOf('server') === 'bad' || nowhere) return 'bad'
  // Where the server has neither STUN nor TURN nothing failed, and yet people elsewhere may not be reached.
  const isShort = found.some(({ verdict }) => verdict === 'bad' || verdict === 'poor')
  return isShort || !noWay.includes('good') ? 'poor' : 'good'
}

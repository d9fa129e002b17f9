/** What one address may do, counted by all replicas together (P60); message limits are the connection's own affair. */
import { RoomError } from '@maru/api-types'
import type { RoomBackend } from './backend/backend.ts'
import type { KeyedLimit, WindowRate } from './backend/keyed-limit.ts'

/** Forty people behind one address come within seconds, and whoever hosts a school has hundreds come back at once. */
const RATES = {
  joins: { points: 600, seconds: 60 },
  /** Joins that say where they were: after a cut everyone comes back, after two cuts twice. */
  resumes: { points: 3_000, seconds: 60 },
  previews: { points: 1_200, seconds: 60 },
  creations: { points: 60, seconds: 60 },
  checks: { points: 20, seconds: 60 },
  /** Wrong keys. */
  'create-key': { points: 10, seconds: 60 },
  /** Ids of rooms that don't exist. */
  'room-ids': { points: 60, seconds: 60 },
} as const satisfies Record<string, WindowRate>

export type LimitKind = keyof typeof RATES

export interface Limits {
  /** Counts one. @throws RoomError `rate-limited` where that is one too many */
  pay(kind: LimitKind, addressKey: string): Promise<void>
  /** Counts nothing. @throws RoomError `rate-limited` where `pay` would */
  demand(kind: LimitKind, addressKey: string): Promise<void>
  /** Undoes a `pay`. */
  giveBack(kind: LimitKind, addressKey: string): Promise<void>
}

export function createLimits(
  backend: Pick<RoomBackend, 'makeLimit'>,
  onRefused: (kind: LimitKind) => void,
): Limits {
  const limits = new Map<LimitKind, KeyedLimit>()
  for (const kind of Object.keys(RATES) as LimitKind[]) limits.set(kind, backend.makeLimit(kind, RATES[kind]))

  function refuse(kind: LimitKind, retryAfterMs: number): void {
    if (retryAfterMs === 0) return
    onRefused(kind)
    throw new RoomError('rate-limited', { retryAfterMs })
  }

  return {
    pay: async (kind, key) => refuse(kind, await limits.get(kind)!.take(key)),
    demand: async (kind, key) => refuse(kind, await limits.get(kind)!.peek(key)),
    giveBack: (kind, key) => limits.get(kind)!.giveBack(key),
  }
}

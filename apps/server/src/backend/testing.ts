/** What the backends' tests have in common: rooms, people, and somebody who writes down what is heard. */
import { makeRoomId, type Position, RoomError, type RoomInfo, type RoomRow } from '@maru/api-types'
import { test, type TestAPI, vi } from 'vitest'
import {
  type BackendTimes,
  DEFAULT_TIMES,
  type JoinRequest,
  type LogEntry,
  type LogEvent,
  type RoomBackend,
  type RoomMessage,
  type Session,
} from './backend.ts'
import type { BackendLogger } from './listeners.ts'

/** What each test of the contract is given. */
interface ContractFixtures {
  /** A replica on the store that is being tested, with the default times. */
  backend: RoomBackend
  /**
   * Another replica on that store. Rooms in memory have one process: with the same times it is the same one,
   * and with other times it has a store of its own.
   */
  open: (times?: Partial<BackendTimes>) => RoomBackend
  kind: RoomBackend['kind']
  /** What the backends of this test have logged as errors. */
  failures: object[]
}

export type ContractTest = TestAPI<ContractFixtures>

export function contractTest(options: {
  kind: RoomBackend['kind']
  open: (options: { times: BackendTimes; logger: BackendLogger }) => RoomBackend
}): ContractTest {
  return test.extend<ContractFixtures>({
    kind: options.kind,
    // eslint-disable-next-line no-empty-pattern -- vitest reads from the pattern that nothing is needed
    failures: async ({}, use) => use([]),
    open: async ({ failures }, use) => {
      const ignore = (): void => undefined
      const logger = { info: ignore, warn: ignore, error: (fields: object) => void failures.push(fields) }
      const opened: { key: string; backend: RoomBackend }[] = []
      await use((times = {}) => {
        const key = JSON.stringify(times)
        const same = opened.find((other) => options.kind === 'memory' && other.key === key)
        if (same) return same.backend
        const backend = options.open({ times: { ...DEFAULT_TIMES, ...times }, logger })
        opened.push({ key, backend })
        return backend
      })
      await Promise.all(opened.map(({ backend }) => backend.close()))
    },
    backend: async ({ open }, use) => use(open()),
  })
}

export const HOST = 'user-of-the-host'

export function makeRoom(change: Partial<RoomInfo> = {}): RoomInfo {
  return {
    roomId: makeRoomId(),
    name: '수요일 회의 / Wed "☕"',
    capacity: 6,
    listed: true,
    locked: false,
    hostId: HOST,
    createdAt: 1_790_000_000_000,
    ...change,
  }
}

export function makeJoin(peerId: string, change: Partial<JoinRequest> = {}): JoinRequest {
  const state = { mic: true, camera: false }
  const name = `김 ${peerId} 👩‍👩‍👧`
  return { peerId, attempt: 1, userId: `user-of-${peerId}`, name, color: 3, state, ...change }
}

export function makeRow(roomId: string, change: Partial<RoomRow> = {}): RoomRow {
  const people = [{ initials: '지은', color: 3 }]
  return { roomId, name: '회의', capacity: 6, count: 1, people, since: 5, locked: false, ...change }
}

export const chat = (seq: number, text = `message ${seq}`): RoomMessage => ({ seq, type: 'chat', text })
export const signalTo = (to: string, seq: number): Extract<RoomMessage, { type: 'signal' }> => ({
  seq,
  type: 'signal',
  to,
  signal: { gen: 1, candidates: [], description: { type: 'offer', sdp: `v=0\r\na=${seq}/é\u2028` } },
})

export const session = (peerId: string, attempt = 1): Session => ({ peerId, attempt })

/** Makes a room with people in it. */
export async function roomWith(
  backend: RoomBackend,
  peerIds: string[],
  change: Partial<RoomInfo> = {},
): Promise<RoomInfo> {
  const room = makeRoom(change)
  await backend.createRoom(room)
  for (const peerId of peerIds) await backend.join(room.roomId, makeJoin(peerId))
  return room
}

export const insideOf = async (backend: RoomBackend, roomId: string): Promise<string[]> =>
  (await backend.readRoom(roomId))?.peers.map(({ peerId }) => peerId) ?? []

/** The reason of a refusal; fails where there is none. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  )
  if (outcome instanceof RoomError) return outcome.reason
  throw outcome
}

/** Writes down what a listener of a room hears. */
export interface Heard {
  entries: LogEntry[]
  resets: string[]
  events(): LogEvent[]
  unwatch(): void
}

export async function listen(backend: RoomBackend, roomId: string): Promise<Heard> {
  const entries: LogEntry[] = []
  const resets: string[] = []
  const unwatch = await backend.watchRoom(roomId, {
    entries: (more) => void entries.push(...more),
    reset: (reason) => void resets.push(reason),
  })
  return { entries, resets, events: () => entries.map(({ event }) => event), unwatch }
}

/** Everything logged up to now has been heard. */
export async function heardAll(backend: RoomBackend, roomId: string, heard: Heard): Promise<Position> {
  const { position } = (await backend.readRoom(roomId))!
  await vi.waitFor(() => {
    if (heard.entries.at(-1)?.position !== position) throw new Error(`${position} wasn't heard`)
  })
  return position
}

/** The texts of the chat messages, in the order in which they were heard. */
export const textsOf = (entries: LogEntry[]): string[] =>
  entries.flatMap(({ event }) => (event.type === 'chat' ? [event.message.text] : []))

export const textsFrom = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `message ${first + i}`)

/** The contract of `RoomBackend`: one suite, for rooms in memory and for rooms in a real Redis. */
import { afterAll, beforeAll, describe } from 'vitest'
import type { BackendTimes, RoomBackend } from './backend.ts'
import { describeFollowing } from './contract-following.ts'
import { describeHost } from './contract-host.ts'
import { describeJoining } from './contract-joining.ts'
import { describeLeases } from './contract-leases.ts'
import { describeList } from './contract-list.ts'
import { describeRestoring } from './contract-restoring.ts'
import { describeResuming } from './contract-resuming.ts'
import { describeRooms } from './contract-rooms.ts'
import { describeSending } from './contract-sending.ts'
import type { BackendLogger } from './listeners.ts'
import { createMemoryBackend } from './memory.ts'
import { createRedisBackend } from './redis.ts'
import { startRedis } from './start-redis.ts'
import { contractTest } from './testing.ts'

/** Makes replicas, which are instances on one store. */
interface Store {
  open(options: { times: BackendTimes; logger: BackendLogger }): RoomBackend
  stop(): Promise<void>
}

async function memoryStore(): Promise<Store> {
  return { open: createMemoryBackend, stop: async () => undefined }
}

async function redisStore(): Promise<Store> {
  const redis = await startRedis()
  return { open: (options) => createRedisBackend({ url: redis.url, ...options }), stop: () => redis.stop() }
}

describe.each([
  { kind: 'memory' as const, startStore: memoryStore },
  { kind: 'redis' as const, startStore: redisStore },
])('rooms in $kind', ({ kind, startStore }) => {
  let store: Store
  beforeAll(async () => {
    store = await startStore()
  })
  afterAll(() => store?.stop())

  const test = contractTest({ kind, open: (options) => store.open(options) })
  describeRooms(test)
  describeJoining(test)
  describeResuming(test)
  describeRestoring(test)
  describeSending(test)
  describeHost(test)
  describeLeases(test)
  describeFollowing(test)
  describeList(test)
})

/** Two replicas on one Redis behave as one: one list, one room, media both ways. */
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { startRedis } from './support/redis.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'

/** What its page asks a load balancer for, connection by connection (P62). */
function shardsOf({ page }: Person): (string | null)[] {
  const shards: (string | null)[] = []
  page.on('websocket', (socket) => shards.push(new URL(socket.url()).searchParams.get('shard')))
  return shards
}

test('people on different replicas share the list, the room and the call', async ({ invite }) => {
  await using redis = await startRedis()
  await using one = await startReplica({ env: { REDIS_URL: redis.url } })
  await using two = await startReplica({ env: { REDIS_URL: redis.url } })

  const bora = await invite(CAST.bora)
  await bora.open(two.origin)
  await bora.register()
  await expect(bora.page.getByText('Across')).toHaveCount(0)

  const ana = await invite(CAST.ana)
  const shards = { ana: shardsOf(ana), bora: shardsOf(bora) }
  await ana.open(one.origin)
  await ana.register()
  const link = await ana.createRoom('Across')
  await ana.join()
  const { pathname } = new URL(link)
  expect(pathname).toMatch(new RegExp(`^/r/${shards.ana.at(-1)}[\\w-]{20}$`))

  await test.step('the list of the other replica shows it, live', async () => {
    await expect(bora.page.getByText('Across')).toBeVisible()
    await expect(bora.page.getByText('1 of 10').first()).toBeVisible()
  })

  await bora.open(new URL(pathname, two.origin).href)
  await bora.join()
  expect(shards.bora.at(-1)).toBe(shards.ana.at(-1))
  const instances = [await ana.instance(), await bora.instance()]
  expect(instances[0]).toBeTruthy()
  expect(instances[1]).toBeTruthy()
  expect(instances[0]).not.toBe(instances[1])
  await ana.expectToMeet(bora)
  await bora.expectToMeet(ana)

  await test.step('both lists say the same', async () => {
    const chen = await invite(CAST.chen)
    for (const replica of [one, two]) {
      await chen.open(replica.origin)
      // Another port is another origin, and a browser keeps names by origin.
      await chen.register()
      await expect(chen.page.getByText('2 of 10').first()).toBeVisible()
    }
  })
})

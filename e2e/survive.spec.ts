/** Media never stops because a server did: replicas die in mid-call, and the call goes on. */
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { startBalancer } from './support/proxy.ts'
import { startRedis } from './support/redis.ts'
import { type Replica, startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'
import { watchFrames } from './support/watch-frames.ts'

/** At 15 frames a second, so long without a decoded frame is a picture that stands still. */
const STANDSTILL_MS = 2_000

async function inCall(
  origin: string,
  invite: (role: typeof CAST.ana) => Promise<Person>,
): Promise<[Person, Person]> {
  const ana = await invite(CAST.ana)
  await ana.open(origin)
  await ana.register()
  const link = await ana.createRoom('Survivors')
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()
  await ana.expectToMeet(bora)
  await bora.expectToMeet(ana)
  return [ana, bora]
}

test('a replica dies: media goes on, its member resumes on the other one, and nothing is lost', async ({
  invite,
}) => {
  test.setTimeout(120_000)
  await using redis = await startRedis()
  await using balancer = await startBalancer([])
  const env = { REDIS_URL: redis.url, PUBLIC_ORIGIN: balancer.origin }
  await using one = await startReplica({ env })
  await using two = await startReplica({ env })
  balancer.setTargets([one.port])
  const [ana, bora] = await inCall(balancer.origin, invite)
  await ana.openChat()
  await bora.openChat()
  await bora.say('before')
  await expect(ana.chat.getByText('before')).toBeVisible()
  const instance = await ana.instance()
  const peers = [await ana.peerId(), await bora.peerId()]

  const frames = watchFrames(ana, bora)
  balancer.setTargets([one.port, two.port])
  await one.kill()
  await ana.say('said while the server was gone')
  await expect(bora.chat.getByText('said while the server was gone')).toHaveCount(1, { timeout: 8_000 })
  await bora.say('heard you')
  await expect(ana.chat.getByText('heard you')).toHaveCount(1, { timeout: 8_000 })
  expect(await ana.instance()).not.toBe(instance)
  expect(await ana.instance()).toBe(await bora.instance())
  for (const longest of await frames.stop()) expect(longest).toBeLessThan(STANDSTILL_MS)

  expect([await ana.peerId(), await bora.peerId()]).toEqual(peers)
  for (const person of [ana, bora]) {
    await expect(person.others).toHaveCount(1)
    for (const text of ['before', 'said while the server was gone', 'heard you'])
      await expect(person.chat.getByText(text)).toHaveCount(1)
  }
  // Media was never renegotiated: the same connections carry it.
  expect(await bora.page.evaluate(() => globalThis.testConnections.length)).toBe(1)
})

test('a replica is restarted: it drains, and its members move without noticing', async ({ invite }) => {
  test.setTimeout(120_000)
  await using redis = await startRedis()
  await using balancer = await startBalancer([])
  const env = { REDIS_URL: redis.url, PUBLIC_ORIGIN: balancer.origin }
  const replicas: Replica[] = [await startReplica({ env }), await startReplica({ env })]
  try {
    balancer.setTargets(replicas.map(({ port }) => port))
    const [ana, bora] = await inCall(balancer.origin, invite)
    const before = [await ana.instance(), await bora.instance()]
    const frames = watchFrames(ana, bora)
    for (const [i, old] of replicas.entries()) {
      balancer.setTargets(replicas.filter((replica) => replica !== old).map(({ port }) => port))
      expect(await old.stop(), old.log()).toBe(0)
      replicas[i] = await startReplica({ env, port: old.port })
      balancer.setTargets(replicas.map(({ port }) => port))
    }
    for (const longest of await frames.stop()) expect(longest).toBeLessThan(STANDSTILL_MS)
    for (const person of [ana, bora]) {
      await expect.poll(() => person.instance()).not.toBe(null)
      expect(before).not.toContain(await person.instance())
      await expect(person.others).toHaveCount(1)
    }
    await ana.page.getByRole('button', { name: 'Mute', exact: true }).click()
    await expect((await bora.tile(ana)).getByText('Microphone off').first()).toBeAttached()
  } finally {
    await Promise.all(replicas.map((replica) => replica.kill()))
  }
})

test('the only server dies: the call goes on without it, and says so', async ({ server, invite }) => {
  const [ana, bora] = await inCall(server.origin, invite)
  const frames = watchFrames(ana, bora)
  await server.kill()
  for (const person of [ana, bora])
    await expect(person.page.getByText('Connection to the server lost. The call goes on.')).toBeVisible()
  await ana.expectToMeet(bora)
  await bora.expectToMeet(ana)
  for (const longest of await frames.stop()) expect(longest).toBeLessThan(STANDSTILL_MS)
  await expect(ana.others).toHaveCount(1)
})

test('whoever dies is gone when the lease is over, and the room goes on', async ({ invite }) => {
  await using server = await startReplica({ env: { LEASE_MS: '2000' } })
  const [ana, bora] = await inCall(server.origin, invite)
  await ana.crash()
  // The lease ends, and then the connection itself has to be silent for ten seconds before the tile may go.
  await expect(bora.others).toHaveCount(0, { timeout: 25_000 })
})

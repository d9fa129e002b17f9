/** The store loses everything in mid-call: the room comes back from what its members' browsers keep. */
import type { Page } from '@playwright/test'
import { startRedis } from '../apps/server/src/backend/start-redis.ts'
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { startBalancer } from './support/proxy.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'
import { watchFrames } from './support/watch-frames.ts'

/** At 15 frames a second, so long without a decoded frame is a picture that stands still. */
const STANDSTILL_MS = 2_000
const BACK_MS = 15_000

const badge = (viewer: Person, name: string) =>
  viewer.people.getByRole('listitem').filter({ hasText: name }).getByText('Host', { exact: true })
const offline = ({ page }: Person) => page.getByText('Connection to the server lost. The call goes on.')
const removed = (page: Page) => page.getByRole('heading', { name: 'You were removed' })

interface Call {
  ana: Person
  bora: Person
  chen: Person
  link: string
}

/** Ana is the host, Bora stays, and Chen has been removed. The panels with people are open. */
async function hostedCall(origin: string, invite: (role: typeof CAST.ana) => Promise<Person>): Promise<Call> {
  const ana = await invite(CAST.ana)
  await ana.open(origin)
  await ana.register()
  const link = await ana.createRoom('Ours')
  await ana.join()
  const others = []
  for (const role of [CAST.bora, CAST.chen]) {
    const person = await invite(role)
    await person.open(link)
    await person.register()
    await person.join()
    others.push(person)
  }
  const [bora, chen] = others as [Person, Person]
  await ana.openPeople()
  await ana.people.getByRole('button', { name: 'Options for Chen' }).click()
  const dialog = ana.page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Remove from the room', exact: true }).click()
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(removed(chen.page)).toBeVisible()
  await ana.expectToMeet(bora)
  await bora.expectToMeet(ana)
  return { ana, bora, chen, link }
}

/** Nobody has noticed more than a word about the server; `lose` empties the store and brings it back. */
async function expectToOutlive(
  { ana, bora, chen, link }: Call,
  lose: (meanwhile: () => Promise<void>) => Promise<void>,
) {
  await ana.openChat()
  await bora.openChat()
  await bora.say('before')
  await expect(ana.chat.getByText('before')).toBeVisible()
  const peers = [await ana.peerId(), await bora.peerId()]
  const frames = watchFrames(ana, bora)
  await lose(async () => {
    await ana.say('said by Ana meanwhile')
    await bora.say('said by Bora meanwhile')
  })
  for (const person of [ana, bora]) {
    for (const text of ['said by Ana meanwhile', 'said by Bora meanwhile'])
      await expect(person.chat.getByText(text)).toHaveCount(1, { timeout: BACK_MS })
    await expect(person.chat.getByText('before')).toHaveCount(1)
    await expect(offline(person)).toHaveCount(0, { timeout: BACK_MS })
    await expect(person.others).toHaveCount(1)
  }
  await bora.say('heard again')
  await expect(ana.chat.getByText('heard again')).toHaveCount(1)
  for (const longest of await frames.stop()) expect(longest).toBeLessThan(STANDSTILL_MS)
  expect([await ana.peerId(), await bora.peerId()]).toEqual(peers)
  // Media was never renegotiated: to Bora and to Chen, one connection each.
  expect(await ana.page.evaluate(() => globalThis.testConnections.length)).toBe(2)

  await bora.openPeople()
  await expect(badge(bora, 'Ana')).toBeVisible()
  await expect(bora.people.getByRole('button', { name: /Options for/ })).toHaveCount(0)
  await ana.openPeople()
  await expect(ana.people.getByRole('button', { name: 'Options for 보라' })).toBeVisible()
  await chen.open(link)
  await expect(removed(chen.page)).toBeVisible()
}

test('Redis comes back empty: everyone is still there, the host is the host, who was removed stays out', async ({
  invite,
}) => {
  test.setTimeout(150_000)
  const redis = await startRedis()
  await using balancer = await startBalancer([])
  const env = { REDIS_URL: redis.url, PUBLIC_ORIGIN: balancer.origin }
  await using one = await startReplica({ env })
  await using two = await startReplica({ env })
  balancer.setTargets([one.port, two.port])
  try {
    const call = await hostedCall(balancer.origin, invite)
    await expectToOutlive(call, async (meanwhile) => {
      await redis.pause()
      await meanwhile()
      await redis.restart()
    })
  } finally {
    await redis.stop()
  }
})

test('a server that keeps its rooms in memory dies and starts again: its rooms come back', async ({
  invite,
}) => {
  test.setTimeout(150_000)
  let server = await startReplica()
  try {
    const call = await hostedCall(server.origin, invite)
    await expectToOutlive(call, async (meanwhile) => {
      await server.kill()
      await expect(offline(call.ana)).toBeVisible()
      await meanwhile()
      server = await startReplica({ port: server.port })
    })
  } finally {
    await server.kill()
  }
})

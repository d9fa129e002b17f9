/** The host's right over a restart of every server: it is the room's, not a connection's. */
import { startRedis } from '../apps/server/src/backend/start-redis.ts'
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { startBalancer } from './support/proxy.ts'
import { type Replica, startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'

const badge = (viewer: Person, name: string) =>
  viewer.people.getByRole('listitem').filter({ hasText: name }).getByText('Host', { exact: true })

test('all replicas and Redis stop and start again: the host is the host, whoever is back first', async ({
  invite,
}) => {
  test.setTimeout(150_000)
  const redis = await startRedis({ durable: true })
  await using balancer = await startBalancer([])
  const env = { REDIS_URL: redis.url, PUBLIC_ORIGIN: balancer.origin }
  const start = () => Promise.all([startReplica({ env }), startReplica({ env })])
  const serve = (replicas: Replica[]) => balancer.setTargets(replicas.map(({ port }) => port))
  let replicas = await start()
  try {
    serve(replicas)
    const ana = await invite(CAST.ana)
    await ana.open(balancer.origin)
    await ana.register()
    const link = await ana.createRoom('Ours')
    await ana.join()
    const bora = await invite(CAST.bora)
    await bora.open(link)
    await bora.register()
    await bora.join()
    await ana.expectToMeet(bora)
    await bora.openPeople()
    await expect(badge(bora, 'Ana')).toBeVisible()

    const stopAll = async (): Promise<void> => {
      serve([])
      await Promise.all(replicas.map((replica) => replica.stop()))
      await redis.restart()
    }

    await test.step('the host stays through it, in the call', async () => {
      await stopAll()
      await expect(bora.page.getByText('Connection to the server lost. The call goes on.')).toBeVisible()
      replicas = await start()
      serve(replicas)
      await expect(bora.page.getByText('Connection to the server lost. The call goes on.')).toHaveCount(0, {
        timeout: 20_000,
      })
      await expect(badge(bora, 'Ana')).toBeVisible()
      await expect(badge(bora, '보라')).toHaveCount(0)
      await ana.openPeople()
      await expect(ana.people.getByRole('button', { name: 'Options for 보라' })).toBeVisible({
        timeout: 20_000,
      })
    })

    await test.step('who arrives first after another one is not the host', async () => {
      await ana.leave()
      await stopAll()
      replicas = await start()
      serve(replicas)
      await bora.page.reload()
      await bora.expectInCall()
      const chen = await invite(CAST.chen)
      await chen.open(link)
      await chen.register()
      await chen.join()
      for (const person of [bora, chen]) {
        await person.openPeople()
        await expect(person.people.getByText('Host', { exact: true })).toHaveCount(0)
        await expect(person.people.getByRole('button', { name: /Options for/ })).toHaveCount(0)
      }
      await ana.open(link)
      await ana.join()
      await ana.openPeople()
      for (const person of [ana, bora, chen]) await expect(badge(person, 'Ana')).toBeVisible()
      await ana.people.getByRole('button', { name: 'Options for 보라' }).click()
      await ana.page.getByRole('dialog').getByRole('button', { name: 'Mute', exact: true }).click()
      await expect(bora.page.getByText('Ana muted you').first()).toBeVisible()
    })
  } finally {
    await Promise.all(replicas.map((replica) => replica.kill()))
    await redis.stop()
  }
})

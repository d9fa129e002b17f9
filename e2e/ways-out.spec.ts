/** Whatever fails says so on the screen, and what is said has a way on. */
import type { Page } from '@playwright/test'
import { CAST } from './support/cast.ts'
import { startBalancer } from './support/proxy.ts'
import { startRedis } from './support/redis.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'
import { tapWire } from './support/wire.ts'

const UNREACHABLE = 'No connection to the server. Trying again…'

const joinOf = (page: Page) => page.getByRole('button', { name: 'Join', exact: true })

test('the server goes away and comes back: list, new room and door say so and go on by themselves', async ({
  invite,
}) => {
  await using redis = await startRedis()
  await using balancer = await startBalancer([])
  const env = { REDIS_URL: redis.url, PUBLIC_ORIGIN: balancer.origin }
  await using first = await startReplica({ env })
  balancer.setTargets([first.port])
  const ana = await invite(CAST.ana)
  await ana.page.addInitScript((text) => {
    const watcher = new MutationObserver(() => {
      if (document.documentElement?.textContent.includes(text)) Object.assign(globalThis, { sawLost: true })
    })
    watcher.observe(document, { childList: true, subtree: true, characterData: true })
  }, UNREACHABLE)
  await ana.open(balancer.origin)
  await ana.register()
  await ana.createRoom('Still here')
  await expect(joinOf(ana.page)).toBeEnabled()
  await ana.page.waitForTimeout(2_000)
  expect(await ana.page.evaluate(() => 'sawLost' in globalThis), 'a normal load is calm').toBe(false)
  const bora = await invite(CAST.bora)
  await bora.open(balancer.origin)
  await bora.register()
  await bora.page.getByRole('button', { name: 'New room', exact: true }).click()
  await bora.page.getByRole('textbox', { name: 'Room name' }).fill('Typed once')

  await first.kill()
  await test.step('at the door, and on the way in, which leads back to the door', async () => {
    await joinOf(ana.page).click()
    await expect(ana.page.getByText(UNREACHABLE)).toBeVisible()
    await ana.page.getByRole('button', { name: 'Cancel' }).click()
    await expect(ana.page.getByText(UNREACHABLE)).toBeVisible()
    await expect(joinOf(ana.page)).toBeDisabled()
    await expect(ana.page.getByRole('heading', { name: 'Still here' })).toBeVisible()
  })
  await test.step('in the list, and in the form for a new room, which keeps what was typed', async () => {
    await expect(bora.page.getByText('as last seen')).toBeAttached()
    await expect(bora.page.getByRole('dialog').getByText(UNREACHABLE)).toBeVisible()
    await bora.page.getByRole('button', { name: 'Create', exact: true }).click()
    await expect(bora.page.getByText('The server can’t be reached right now.')).toBeVisible()
    await expect(bora.page.getByRole('textbox', { name: 'Room name' })).toHaveValue('Typed once')
  })

  await using second = await startReplica({ env })
  balancer.setTargets([second.port])
  await expect(joinOf(ana.page)).toBeEnabled({ timeout: 15_000 })
  await expect(ana.page.getByText(UNREACHABLE)).toHaveCount(0)
  await ana.join()
  await bora.page.getByRole('button', { name: 'Create', exact: true }).click()
  await expect(bora.page.getByRole('heading', { name: 'Typed once' })).toBeVisible({ timeout: 15_000 })
  // The one that was given up isn't made behind one's back.
  await bora.open(balancer.origin)
  await expect(bora.page.getByRole('heading', { name: 'Still here' })).toBeVisible()
  await expect(bora.page.getByRole('heading', { name: 'Typed once' })).toHaveCount(1)
})

test('a join that takes long can be cancelled, leaves nobody behind, and works the next time', async ({
  server,
  invite,
}) => {
  const bora = await invite(CAST.bora)
  await bora.open(server.origin)
  await bora.register()
  const link = await bora.createRoom('Slow lane')
  await bora.join()
  const ana = await invite(CAST.ana)
  const wire = await tapWire(ana.page)
  await ana.open(link)
  await ana.register()
  await expect(joinOf(ana.page)).toBeEnabled()

  // The room lets her in, and she doesn't hear of it.
  wire.toPage = (frame) => (frame.includes('"snapshot"') ? undefined : frame)
  await joinOf(ana.page).click()
  await expect(ana.page.getByText('This takes longer than usual.')).toBeVisible()
  await expect(bora.others).toHaveCount(1)
  await ana.page.getByRole('button', { name: 'Cancel' }).click()
  await expect(ana.page.getByRole('heading', { name: 'Slow lane' })).toBeFocused()
  await expect(bora.others).toHaveCount(0, { timeout: 3_000 })
  wire.toPage = (frame) => frame
  await expect(joinOf(ana.page)).toBeEnabled()
  await ana.join()
  await expect(bora.others).toHaveCount(1)
  await ana.expectToSee(bora)
})

test('a reload into a call can be cancelled too', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  const wire = await tapWire(ana.page)
  await ana.open(server.origin)
  await ana.register()
  await ana.createRoom('Round trip')
  await ana.join()
  wire.toPage = (frame) => (frame.includes('"snapshot"') ? undefined : frame)
  await ana.page.reload()
  await expect(ana.page.getByText('This takes longer than usual.')).toBeVisible()
  wire.toPage = (frame) => frame
  await ana.page.getByRole('button', { name: 'Cancel' }).click()
  await expect(ana.page.getByText('Nobody is in yet.')).toBeVisible()
  await expect(joinOf(ana.page)).toBeEnabled()
  await ana.join()
  await expect(ana.others).toHaveCount(0)
})

test('a message that was refused is sent again, and none is lost with the presence that said it', async ({
  server,
  invite,
}) => {
  const bora = await invite(CAST.bora)
  await bora.open(server.origin)
  await bora.register()
  const link = await bora.createRoom('Say again')
  await bora.join()
  const ana = await invite(CAST.ana)
  const wire = await tapWire(ana.page)
  await ana.open(link)
  await ana.register()
  await ana.join()
  await ana.openChat()
  await bora.openChat()

  await test.step('refused, then sent again', async () => {
    wire.toServer = (frame) => frame.replace('"text":"take two"', '"text":""')
    await ana.say('take two')
    await expect(ana.chat.getByText('Not delivered')).toBeVisible()
    wire.toServer = (frame) => frame
    await ana.chat.getByRole('button', { name: 'Send again' }).click()
    await expect(ana.chat.getByText('Not delivered')).toHaveCount(0)
    await expect(ana.chat.getByRole('textbox', { name: 'Message' })).toBeFocused()
    await expect(bora.chat.getByText('take two')).toHaveCount(1)
    await expect(ana.chat.getByText('take two')).toHaveCount(1)
  })
  await test.step('the server takes her for gone; what she said meanwhile arrives, once', async () => {
    const peerId = await ana.peerId()
    // What the room has, and she doesn't know that it has.
    wire.toPage = (frame) => (frame === 'PONG' ? frame : undefined)
    await ana.say('arrived unheard')
    await expect(bora.chat.getByText('arrived unheard')).toHaveCount(1)
    await ana.say('said to nobody')
    wire.toPage = (frame) => frame
    const roomId = link.split('/').at(-1)
    wire.say(
      JSON.stringify({ id: 9_999, method: 'mutation', params: { path: 'room.leave', input: { roomId } } }),
    )
    await expect(bora.chat.getByText('said to nobody')).toHaveCount(1, { timeout: 15_000 })
    expect(await ana.peerId()).not.toBe(peerId)
    for (const person of [ana, bora])
      for (const text of ['take two', 'arrived unheard', 'said to nobody'])
        await expect(person.chat.getByText(text)).toHaveCount(1)
    await expect(ana.chat.getByText('Sending…')).toHaveCount(0)
  })
})

/** The answer to whatever calls `path`, in the server's stead. */
const refusal = (frame: string, path: string, data: object): string | undefined => {
  const calls = [JSON.parse(frame)].flat() as { id: number; params?: { path?: string } }[]
  const call = calls.find(({ params }) => params?.path === path)
  return call && JSON.stringify({ id: call.id, error: { code: -32600, message: 'no', data } })
}

test('a server of another time: the list offers to reload', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  const wire = await tapWire(ana.page)
  wire.toServer = (frame) => {
    const no = frame.startsWith('P') ? undefined : refusal(frame, 'rooms.list', { reason: 'too-old' })
    if (no === undefined) return frame
    wire.answer(no)
    return undefined
  }
  await ana.open(server.origin)
  await ana.register()
  await expect(ana.page.getByText('A new version is there')).toBeVisible()
  wire.toServer = (frame) => frame
  await ana.page.getByRole('button', { name: 'Reload' }).click()
  await expect(ana.page.getByText('Nobody is here yet')).toBeVisible()
})

test('a page that the server has no more offers to reload, and leads where one was going', async ({
  server,
  invite,
}) => {
  // A service worker would have kept it: pwa.spec.ts has that case.
  const ana = await invite(CAST.ana, { context: { serviceWorkers: 'block' } })
  await ana.open(server.origin)
  await ana.register()
  await ana.page.route(/\/assets\/room-/, (route) => route.fulfill({ status: 404 }))
  await ana.createRoom('New paint')
  await expect(ana.page.getByRole('heading', { name: 'This page couldn’t be loaded' })).toBeVisible()
  await ana.page.unroute(/\/assets\/room-/)
  await ana.page.getByRole('button', { name: 'Reload' }).click()
  await expect(ana.page.getByRole('heading', { name: 'New paint' })).toBeVisible()
})

test('without words there still is a button', async ({ server, invite }) => {
  const ana = await invite(CAST.ana, { context: { serviceWorkers: 'block' } })
  await ana.page.route(/\/assets\/en-/, (route) => route.fulfill({ status: 404 }))
  await ana.open(server.origin)
  await expect(ana.page.getByText('Maru couldn’t be loaded.')).toBeVisible()
  await ana.page.unroute(/\/assets\/en-/)
  await ana.page.getByRole('button', { name: 'Reload' }).click()
  await expect(ana.page.getByRole('textbox', { name: 'Your name' })).toBeVisible()
})

test('a room that isn’t made says why, and keeps what was typed', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  const wire = await tapWire(ana.page)
  await ana.open(server.origin)
  await ana.register()
  const { page } = ana
  await page.getByRole('button', { name: 'New room', exact: true }).click()
  await page.getByRole('textbox', { name: 'Room name' }).fill('One too many')
  for (const [data, words] of [
    [{ reason: 'rate-limited', retryAfterMs: 6_500 }, 'Please try again in 7 s.'],
    [{ reason: 'unavailable' }, 'The server can’t be reached right now.'],
    [{ reason: 'bad-request', field: 'capacity' }, 'Maru was updated on the server.'],
  ] as const) {
    wire.toServer = (frame) => {
      const no = frame.startsWith('P') ? undefined : refusal(frame, 'rooms.create', data)
      if (no === undefined) return frame
      wire.answer(no)
      return undefined
    }
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await expect(page.getByRole('alert')).toContainText(words)
    await expect(page.getByRole('textbox', { name: 'Room name' })).toHaveValue('One too many')
  }
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible()
})

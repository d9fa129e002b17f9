/** Who gets in and what is said at the door: full, locked, unlisted, unknown, unnamed. */
import { CAST } from './support/cast.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'

test('a full room says so, and Join comes alive when a place is free', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('For two', { capacity: 2 })
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()

  const chen = await invite(CAST.chen)
  await chen.open(server.origin)
  await chen.register()
  await chen.page.getByRole('link', { name: 'Full · wait for For two' }).click()
  await expect(chen.page.getByText('Every seat is taken')).toBeVisible()
  const join = chen.page.getByRole('button', { name: 'Join', exact: true })
  await expect(join).toBeDisabled()
  await bora.leave()
  await expect(join).toBeEnabled({ timeout: 2_000 })
  await expect(chen.page.getByText('Every seat is taken')).toHaveCount(0)
  await chen.join()
  await chen.expectToMeet(ana)
})

test('Join needs no look at the room first, and a full one leads back to the door', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('For two', { capacity: 2 })
  await ana.join()

  const [bora, chen] = [await invite(CAST.bora), await invite(CAST.chen)]
  for (const { page } of [bora, chen])
    await page.routeWebSocket(/\/ws\b/, (socket) => {
      // What the door would show never comes, until somebody has tried.
      const upstream = socket.connectToServer()
      let tried = false
      socket.onMessage((message) => {
        tried ||= String(message).includes('room.join')
        upstream.send(message)
      })
      upstream.onMessage((message) => {
        if (tried || !String(message).includes('"entry":')) socket.send(message)
      })
    })
  await bora.open(link)
  await bora.register()
  await expect(bora.page.getByText('Opening the room…')).toBeAttached()
  await bora.join()
  await bora.expectToMeet(ana)

  await chen.open(link)
  await chen.register()
  await chen.page.getByRole('button', { name: 'Join', exact: true }).click()
  await expect(chen.page.getByText('Every seat is taken')).toBeVisible()
  await expect(chen.page.getByRole('heading', { name: 'For two' })).toBeVisible()
})

test('a room for people with the link is in nobody’s list, and its link works', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('Secret garden', { listed: false })
  await ana.join()

  const bora = await invite(CAST.bora)
  await test.step('a fresh browser registers first, then stands at the door', async () => {
    await bora.open(link)
    await expect(bora.page.getByRole('button', { name: 'Join', exact: true })).toHaveCount(0)
    await bora.register()
    expect(bora.page.url()).toBe(link)
    await expect(bora.page.getByText('Ana is here')).toBeVisible()
  })
  await bora.open(server.origin)
  // A listed room in the same list is the sign that the list has come.
  const chen = await invite(CAST.chen)
  await chen.open(server.origin)
  await chen.register()
  await chen.createRoom('Public square')
  await chen.join()
  await expect(bora.page.getByRole('link', { name: 'Join Public square' })).toBeVisible()
  await expect(bora.page.getByText('Secret garden')).toHaveCount(0)
})

test('an unknown room has its own page and never comes to life', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  const unknown = `${server.origin}/r/${'A'.repeat(22)}`
  await ana.open(unknown)
  await ana.register()
  await expect(ana.page.getByRole('heading', { name: 'This room is gone' })).toBeVisible()
  await ana.page
    .getByRole('button', { name: 'Open a new room' })
    .or(ana.page.getByRole('link', { name: 'Open a new room' }))
    .click()
  await ana.page.getByRole('textbox', { name: 'Room name' }).fill('Another one')
  await ana.page.getByRole('button', { name: 'Create', exact: true }).click()
  await ana.page.waitForURL((url) => url.href !== unknown && /\/r\/[\w-]{22}$/.test(url.pathname))
  await ana.open(unknown)
  await expect(ana.page.getByRole('heading', { name: 'This room is gone' })).toBeVisible()
})

test('an address that is nobody’s says so', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  await ana.open(`${server.origin}/nowhere/at/all`)
  await expect(ana.page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
})

test('ROOM_LIST=off hides the list and says so; links still work', { tag: '@rest' }, async ({ invite }) => {
  await using server = await startReplica({ env: { ROOM_LIST: 'off' } })
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  await expect(ana.page.getByText('This server keeps no public list')).toBeVisible()
  const link = await ana.createRoom('Hidden')
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(server.origin)
  await bora.register()
  await expect(bora.page.getByText('This server keeps no public list')).toBeVisible()
  await expect(bora.page.getByText('Hidden')).toHaveCount(0)
  await bora.page.getByRole('button', { name: 'Join by link' }).click()
  await bora.page.getByRole('textbox', { name: 'Link or code of the room' }).fill(link)
  await bora.page.getByRole('button', { name: 'Go to the room' }).click()
  await bora.join()
  await expect(bora.others).toHaveCount(1)
})

test('names that break the rules are refused with a reason at the field', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  const { page } = ana
  await ana.open(server.origin)
  const name = page.getByRole('textbox', { name: 'Your name' })
  const refusals: [name: string, reason: RegExp][] = [
    ['', /Please type a name/],
    ['   ', /Please type a name/],
    ['x'.repeat(41), /at most 40 characters/],
    ['an\u200bna', /invisible or unsupported character/],
    ['\u202eana', /invisible or unsupported character/],
    ['a\u0007na', /invisible or unsupported character/],
  ]
  for (const [text, reason] of refusals) {
    await name.fill(text)
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(name).toHaveAttribute('aria-invalid', 'true')
    await expect(name).toHaveAccessibleDescription(reason)
    await expect(name).toBeFocused()
  }
  await name.fill('👩‍👩‍👧‍👦'.repeat(10))
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText(`Hello, ${'👩‍👩‍👧‍👦'.repeat(10)}`)).toBeVisible()

  await page.getByRole('button', { name: 'New room', exact: true }).click()
  const roomName = page.getByRole('textbox', { name: 'Room name' })
  for (const [text, reason] of [
    ['', /Please type a name/],
    ['x'.repeat(61), /at most 60 characters/],
    ['a\u2066b', /invisible or unsupported character/],
  ] as const) {
    await roomName.fill(text)
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await expect(roomName).toHaveAccessibleDescription(reason)
  }
  expect(page.url()).toBe(`${server.origin}/`)
})

test('the name is asked for once, and can be changed', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  const { page } = ana
  await ana.open(server.origin)
  await ana.register()
  await page.reload()
  await expect(page.getByText('Hello, Ana')).toBeVisible()
  await page.getByRole('button', { name: 'Change your name' }).click()
  await page.getByRole('textbox', { name: 'Your name' }).fill('  Ana   María ')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Hello, Ana María')).toBeVisible()
  await page.reload()
  await expect(page.getByText('Hello, Ana María')).toBeVisible()
})

test('HTML in names is text: in the list, at the door, in the call, in the announcement', async ({
  server,
  invite,
}) => {
  const html = '<img src=x onerror=1>'
  const mallory = await invite({ ...CAST.ana, name: html })
  await mallory.open(server.origin)
  await mallory.register()
  await expect(mallory.page.getByText(`Hello, ${html}`)).toBeVisible()
  await mallory.createRoom('<b>bold</b> & <script>')
  await mallory.join()

  const bora = await invite(CAST.bora)
  await bora.open(server.origin)
  await bora.register()
  await bora.page.getByRole('link', { name: 'Join <b>bold</b> & <script>' }).click()
  await expect(bora.page.getByRole('heading', { name: '<b>bold</b> & <script>' })).toBeVisible()
  await expect(bora.page.getByText(`${html} is here`)).toBeVisible()
  await bora.join()
  await expect((await bora.tile(mallory)).getByText(html).first()).toBeVisible()
  await mallory.leave()
  await expect(
    bora.page
      .locator('[aria-live="polite"], [role="status"]')
      .filter({ hasText: `${html} left` })
      .first(),
  ).toBeAttached()
  expect(await bora.page.locator('img[src="x"]').count()).toBe(0)
})

test('a locked room keeps newcomers at the door, and Join comes alive when it opens', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('Private talk')
  await ana.join()
  await ana.page.getByRole('button', { name: 'Lock the room', exact: true }).click()
  await expect(ana.page.getByText('Locked', { exact: true })).toBeVisible()

  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await expect(bora.page.getByText('The room is locked')).toBeVisible()
  const join = bora.page.getByRole('button', { name: 'Join', exact: true })
  await expect(join).toBeDisabled()
  await expect(bora.page.getByText('Ana')).toHaveCount(0)

  await expect(bora.page.getByRole('button', { name: /[Ll]ock the room/ })).toHaveCount(0)
  await ana.page.getByRole('button', { name: 'Unlock the room' }).click()
  await expect(join).toBeEnabled({ timeout: 2_000 })
  await bora.join()
  await bora.expectToSee(ana)
})

test('equal names get a number', { tag: '@rest' }, async ({ server, invite }) => {
  const first = await invite(CAST.ana)
  await first.open(server.origin)
  await first.register()
  const link = await first.createRoom('Namesakes')
  await first.join()
  // Full-width letters fold to the same name.
  const second = await invite({ ...CAST.bora, name: 'ＡＮＡ' })
  await second.open(link)
  await second.register()
  await second.join()
  const chen = await invite(CAST.chen)
  await chen.open(link)
  await chen.register()
  await chen.join()
  await expect((await chen.tile(first)).getByText('Ana', { exact: true }).first()).toBeVisible()
  await expect((await chen.tile(second)).getByText('ＡＮＡ (2)').first()).toBeVisible()
})

/** A duplicated tab carries the session of the first: it is asked what is meant, and neither hears itself. */
import type { Page } from '@playwright/test'
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { toneOf } from './support/senses.ts'
import { expect, test } from './support/test.ts'

/** What "Duplicate tab" does: the same address, with a copy of sessionStorage. `window.open` copies it as well. */
async function duplicate(person: Person): Promise<Page> {
  const [copy] = await Promise.all([
    person.page.context().waitForEvent('page'),
    person.page.evaluate(() => void window.open(location.href)),
  ])
  person.watch(copy)
  const keys = (page: Page) => page.evaluate(() => Object.keys(sessionStorage).sort())
  expect(await keys(person.page)).not.toEqual([])
  expect(await keys(copy)).toEqual(expect.arrayContaining(await keys(person.page)))
  await expect(copy.getByRole('heading', { name: 'You are in this call in another tab' })).toBeVisible()
  return copy
}

const ownPeerId = async (page: Page): Promise<string> =>
  (await page.locator('[data-self][data-peer-id]').first().getAttribute('data-peer-id')) ?? ''

test('"Move here" takes the call along and leaves one of me', async ({ server, invite }) => {
  const [ana, bora] = await inCall(server.origin, invite)
  const copy = await duplicate(ana)
  await expect(bora.others, 'looking at the question changes nothing').toHaveCount(1)
  await copy.getByRole('button', { name: 'Move here' }).click()
  await expect(copy.locator('[data-self]').first()).toBeVisible()
  await expect(ana.page.getByRole('heading', { name: 'The call has moved' })).toBeVisible()
  await expect(bora.others).toHaveCount(1)
  const peer = await ownPeerId(copy)
  await expect(bora.page.locator(`[data-peer-id="${peer}"]`).first()).toBeAttached()
  await expect
    .poll(async () => Math.abs(((await toneOf(bora.page, peer)) ?? Infinity) - ana.role.tone))
    .toBeLessThan(15)
})

test('"Join again" makes two of me, who never hear each other', async ({ server, invite }) => {
  const [ana, bora] = await inCall(server.origin, invite)
  const copy = await duplicate(ana)
  await copy.getByRole('button', { name: 'Join again' }).click()
  // It may lead through the green room: a second camera wants choosing.
  const join = copy.getByRole('button', { name: 'Join', exact: true })
  await expect(join.or(copy.locator('[data-self]').first()).first()).toBeVisible()
  if (await join.isVisible()) await join.click()
  await expect(copy.locator('[data-self]').first()).toBeVisible()
  await expect(bora.others).toHaveCount(2)
  await expect(bora.page.getByText('Ana (2)').first()).toBeVisible()
  await expect(ana.others).toHaveCount(2)
  const second = await ownPeerId(copy)
  const first = await ana.peerId()
  expect(second).not.toBe(first)
  await ana.expectToHear(bora)
  expect(await toneOf(ana.page, second)).toBeUndefined()
  expect(await toneOf(copy, first)).toBeUndefined()
})

async function inCall(
  origin: string,
  invite: (role: typeof CAST.ana) => Promise<Person>,
): Promise<[Person, Person]> {
  const ana = await invite(CAST.ana)
  await ana.open(origin)
  await ana.register()
  const link = await ana.createRoom('Tabs')
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()
  await bora.expectToMeet(ana)
  return [ana, bora]
}

/** The focus is never lost, and what happens in a call is said to whoever can't see it. */
import type { Page } from '@playwright/test'
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { expect, test } from './support/test.ts'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
/** Where a screen reader would hear it. */
const said = (person: Person, text: string) =>
  person.page.locator('[aria-live="polite"]').filter({ hasText: text })

test('what is closed gives the focus back, and who leaves doesn’t take it along', async ({
  server,
  invite,
}) => {
  test.setTimeout(150_000)
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('Focus')
  await ana.join()
  const { page } = ana
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()
  const chen = await invite(CAST.chen)
  await chen.open(link)
  await chen.register()
  await chen.join()
  await expect(ana.others).toHaveCount(2)

  await test.step('dialogs', async () => {
    for (const name of ['Devices', 'Invite']) {
      await button(page, name).focus()
      await page.keyboard.press('Enter')
      await expect(page.getByRole('dialog')).toBeVisible()
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog')).toHaveCount(0)
      await expect(button(page, name)).toBeFocused()
    }
  })
  await test.step('panels', async () => {
    for (const name of [/^Chat/, /^People/]) {
      const opener = page.getByRole('button', { name }).first()
      await opener.focus()
      await page.keyboard.press('Enter')
      await expect(page.getByRole('complementary')).toBeVisible()
      await expect(opener).not.toBeFocused()
      await page.keyboard.press('Escape')
      await expect(page.getByRole('complementary')).toHaveCount(0)
      await expect(opener).toBeFocused()
    }
  })

  await test.step('a question about somebody, and back', async () => {
    await ana.openPeople()
    const opener = ana.people.getByRole('button', { name: 'Options for Chen' })
    await opener.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Remove from the room' }).click()
    await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await expect(opener).toBeFocused()
  })

  const lost = (): Promise<boolean> => page.evaluate(() => document.activeElement === document.body)
  await test.step('whose menu is open leaves', async () => {
    await ana.people.getByRole('button', { name: 'Options for Chen' }).focus()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('dialog')).toBeVisible()
    await chen.leave()
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(said(ana, 'Chen left')).toBeAttached()
    await expect.poll(lost).toBe(false)
    expect(await page.evaluate(() => document.activeElement?.closest('aside') !== null)).toBe(true)
  })
  await test.step('who is removed by the host', async () => {
    await ana.people.getByRole('button', { name: 'Options for 보라' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Remove from the room' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await expect(ana.others).toHaveCount(0)
    await expect.poll(lost).toBe(false)
  })
  await test.step('whose tile had the focus', async () => {
    await page.keyboard.press('Escape')
    const dora = await invite({ ...CAST.chen, name: 'Dora' })
    await dora.open(link)
    await dora.register()
    await dora.join()
    await button(page, 'Pin Dora').focus()
    await dora.leave()
    await expect(ana.others).toHaveCount(0)
    await expect.poll(lost).toBe(false)
  })
})

test('who comes, raises a hand, writes and goes is said', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('Said')
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()
  await expect(said(ana, '보라 came in')).toBeAttached()
  await bora.openPeople()
  await bora.people.getByRole('button', { name: 'Raise your hand' }).click()
  await expect(said(ana, '보라 raised a hand')).toBeAttached()
  await bora.openChat()
  await bora.say('Good morning')
  await expect(said(ana, 'Good morning')).toBeAttached()
  await bora.leave()
  await expect(said(ana, '보라 left')).toBeAttached()
})

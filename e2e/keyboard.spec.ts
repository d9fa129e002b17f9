/** A call by keyboard alone: every shortcut, the sheet that lists them, and no shortcut while somebody types. */
import type { Locator, Page } from '@playwright/test'
import { CAST } from './support/cast.ts'
import { expect, test } from './support/test.ts'

const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })

/** Tab until it has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab')
    if (await target.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error('Tab never came there')
}

test('every shortcut, without a pointer', async ({ server, invite }) => {
  test.setTimeout(120_000)
  const bora = await invite(CAST.bora)
  await bora.open(server.origin)
  await bora.register()
  const link = await bora.createRoom('By hand')
  await bora.join()

  const ana = await invite(CAST.ana)
  const { page } = ana
  const { keyboard } = page
  await ana.open(link)
  await page.getByRole('textbox', { name: 'Your name' }).focus()
  await keyboard.type('Ana')
  await keyboard.press('Enter')
  await button(page, 'Join').waitFor()
  await tabTo(page, button(page, 'Join'))
  await keyboard.press('Enter')
  await ana.expectInCall()
  await bora.expectToMeet(ana)

  await keyboard.press('m')
  await expect(button(page, 'Unmute')).toBeVisible()
  await bora.expectNotToHear(ana)
  await keyboard.down('Space')
  await bora.expectToHear(ana)
  await keyboard.up('Space')
  await expect(button(page, 'Unmute')).toBeVisible()
  await bora.expectNotToHear(ana)
  await keyboard.press('Shift+M')
  await expect(button(page, 'Unmute')).toBeVisible()
  // With Caps Lock on.
  await keyboard.press('M')
  await expect(button(page, 'Mute')).toBeVisible()
  await keyboard.down('Space')
  await keyboard.up('Space')
  await expect(button(page, 'Mute')).toBeVisible()

  await keyboard.press('v')
  await expect(button(page, 'Start camera')).toBeVisible()
  // A Korean keyboard: the same key, another letter.
  await page.evaluate(() =>
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ㅍ', code: 'KeyV', bubbles: true })),
  )
  await expect(button(page, 'Stop camera')).toBeVisible()

  await keyboard.press('c')
  await expect(ana.chat).toBeVisible()
  await keyboard.type('mvcl? is no shortcut here')
  await keyboard.press('Enter')
  await expect(ana.chat.getByText('mvcl? is no shortcut here')).toBeVisible()
  await expect(button(page, 'Mute')).toBeVisible()
  await keyboard.press('Escape')
  await expect(ana.chat).toHaveCount(0)
  await expect(button(page, 'Chat')).toBeFocused()

  await keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  for (const key of ['M', 'Space', 'V', 'S', 'C', 'L', 'Esc', '?'])
    await expect(sheet.getByText(key, { exact: true })).toBeVisible()
  await keyboard.press('m')
  await keyboard.press('Escape')
  await expect(sheet).toHaveCount(0)
  await expect(button(page, 'Chat')).toBeFocused()
  await expect(button(page, 'Mute')).toBeVisible()

  // The fake answer to the question shares a fake screen.
  await keyboard.press('s')
  await expect(bora.page.locator(`[data-screen-of="${await ana.peerId()}"]`)).toBeVisible()
  await keyboard.press('s')
  await expect(bora.page.locator('[data-screen-of]')).toHaveCount(0)
})

test('who speaks large, pinned, and everyone alike: by keyboard, and remembered', async ({
  server,
  invite,
}) => {
  const bora = await invite(CAST.bora)
  await bora.open(server.origin)
  await bora.register()
  const link = await bora.createRoom('Layouts')
  await bora.join()
  const ana = await invite(CAST.ana)
  await ana.open(link)
  await ana.register()
  await ana.join()
  await ana.expectToSee(bora)
  const { page } = ana
  const own = page.locator('[data-self]').first()
  const other = await ana.tile(bora)
  const ratio = async (): Promise<number> => {
    const [a, b] = [await other.boundingBox(), await own.boundingBox()]
    return a && b ? (a.width * a.height) / (b.width * b.height) : 0
  }

  await expect.poll(ratio).toBeCloseTo(1, 1)
  await page.keyboard.press('l')
  await expect.poll(ratio).toBeGreaterThan(3)
  await page.reload()
  await ana.expectInCall()
  await expect.poll(ratio).toBeGreaterThan(3)

  await tabTo(page, button(page, 'Pin You'))
  await page.keyboard.press('Enter')
  await expect.poll(ratio).toBeLessThan(1 / 3)
  await expect(button(page, 'Unpin You')).toBeFocused()
  await page.keyboard.press('Space')
  await expect.poll(ratio).toBeGreaterThan(3)
  await page.keyboard.press('l')
  await expect.poll(ratio).toBeCloseTo(1, 1)

  await other.dblclick()
  await expect.poll(ratio).toBeGreaterThan(3)
  await other.dblclick()
  await expect.poll(ratio).toBeCloseTo(1, 1)
})

test('Space belongs to a button that was reached by Tab, not to one that was clicked', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  await ana.createRoom('Space')
  await ana.join()
  const { page } = ana
  await button(page, 'Mute').click()
  await page.keyboard.down('Space')
  await expect(button(page, 'Mute')).toBeVisible()
  await page.keyboard.up('Space')
  await expect(button(page, 'Unmute')).toBeVisible()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Shift+Tab')
  await expect(button(page, 'Unmute')).toBeFocused()
  await page.keyboard.press('Space')
  await expect(button(page, 'Mute')).toBeVisible()

  await button(page, 'Devices').click()
  await button(page, 'Keyboard shortcuts').click()
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
})

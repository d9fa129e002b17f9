/** The main job in one go, as a new user would: name → list → new room → green room → call of three → one leaves. */
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { expect, test } from './support/test.ts'

for (const language of ['en', 'ko'] as const) {
  test(
    `three people meet (${language})`,
    { tag: language === 'ko' ? [] : ['@rest'] },
    async ({ server, invite }) => {
      test.setTimeout(150_000)
      const ana = await invite(CAST.ana, { language })
      const { words } = ana

      await test.step('Ana registers and opens a room', async () => {
        await ana.open(server.origin)
        await ana.register()
        await expect(ana.page.getByText(words.greeting('Ana'))).toBeVisible()
        await ana.createRoom('Stand-up 1')
        await expect(ana.page.getByRole('heading', { name: 'Stand-up 1' })).toBeVisible()
        await expect(ana.page.getByText(words.firstHere)).toBeVisible()
        await ana.expectOwnPicture()
        await ana.join()
        await expect(ana.page.getByText(words.alone)).toBeVisible()
      })

      const link = ana.page.url()
      const bora = await invite(CAST.bora, { language })
      await test.step('보라 finds it in the list', async () => {
        await bora.open(server.origin)
        await bora.register()
        await bora.page.getByRole('link', { name: words.joinRoom('Stand-up 1') }).click()
        await expect(bora.page.getByText(words.isHere('Ana'))).toBeVisible()
        await bora.join()
        await expect(announced(ana, words.cameIn('보라'))).toBeAttached()
      })

      const chen = await invite(CAST.chen, { language })
      await test.step('Chen has the link', async () => {
        await chen.open(link)
        await chen.register()
        await chen.join()
      })

      const everyone = [ana, bora, chen]
      await test.step('everyone sees and hears everyone, each in their own tile', async () => {
        for (const one of everyone) {
          await expect(one.others).toHaveCount(2)
          for (const other of everyone) if (one !== other) await one.expectToMeet(other)
          await expect(one.page.getByText(words.reconnecting)).toHaveCount(0)
        }
      })

      await test.step('Chen leaves: the tile goes at once, and it is said', async () => {
        const tiles = await Promise.all([ana.tile(chen), bora.tile(chen)])
        await chen.page.getByRole('button', { name: words.leave, exact: true }).click()
        for (const tile of tiles) await expect(tile).toHaveCount(0, { timeout: 2_000 })
        await expect(announced(ana, words.left('Chen'))).toBeAttached()
        await expect(announced(bora, words.left('Chen'))).toBeAttached()
        await expect(chen.page.getByRole('heading', { name: words.youLeft })).toBeVisible()
        await expect(chen.page.getByText(words.rejoin)).toBeVisible()
        expect(await chen.page.locator('[data-peer-id]').count()).toBe(0)
      })

      await test.step('those who stay go on', async () => {
        await ana.expectToMeet(bora)
        await bora.expectToMeet(ana)
      })
    },
  )
}

/** Where a screen reader would hear it. */
const announced = (person: Person, text: string) =>
  person.page.locator('[aria-live="polite"], [role="status"], [role="log"]').filter({ hasText: text }).first()

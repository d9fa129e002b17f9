/** A server that asks a key of those who make rooms: once in a browser, and never of a guest (P54). */
import { CAST } from './support/cast.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'

const KEY = 'nine pine trees'

test('P54 the key is asked for once, a wrong one is said to be wrong, and guests hear nothing of it', async ({
  invite,
}) => {
  await using server = await startReplica({ env: { CREATE_KEY: KEY } })
  const ana = await invite(CAST.ana)
  const { page } = ana
  const field = page.getByRole('textbox', { name: 'Key for making rooms' })
  const create = page.getByRole('button', { name: 'Create', exact: true })
  await ana.open(server.origin)
  await ana.register()
  await page.getByRole('button', { name: 'New room', exact: true }).click()
  await page.getByRole('textbox', { name: 'Room name' }).fill('Behind a door')
  await expect(field).toBeVisible()
  await create.click()
  await expect(page.getByText('This server asks for a key here.')).toBeVisible()
  await field.fill('ten pine trees')
  await create.click()
  await expect(page.getByText('That isn’t the key. Please check it and try again.')).toBeVisible()
  await expect(field).toBeFocused()
  await expect(field).toHaveAttribute('aria-invalid', 'true')
  await field.fill(` ${KEY} `)
  await create.click()
  await page.waitForURL(/\/r\/[\w-]{22}$/)
  const link = page.url()

  // Not again in this browser.
  await ana.open(server.origin)
  await page.getByRole('button', { name: 'New room', exact: true }).click()
  await page.getByRole('textbox', { name: 'Room name' }).fill('Another')
  await page.getByRole('combobox').waitFor()
  await expect(field).toHaveCount(0)
  await create.click()
  await page.waitForURL(/\/r\/[\w-]{22}$/)
  expect(page.url()).not.toBe(link)

  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()
  await bora.expectInCall()
  await expect(bora.page.getByText('Key for making rooms')).toHaveCount(0)

  // The server has another key by now: the old one is forgotten, and asked for anew.
  await page.evaluate(() => localStorage.setItem('maru.createKey', 'an older key'))
  await ana.open(server.origin)
  await page.getByRole('button', { name: 'New room', exact: true }).click()
  await page.getByRole('textbox', { name: 'Room name' }).fill('A third')
  await create.click()
  await expect(page.getByText('That isn’t the key. Please check it and try again.')).toBeVisible()
  await field.fill(KEY)
  await create.click()
  await page.waitForURL(/\/r\/[\w-]{22}$/)
})

test('P54 a server without one never asks', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  await ana.page.getByRole('button', { name: 'New room', exact: true }).click()
  await expect(ana.page.getByRole('dialog').getByRole('textbox')).toHaveCount(1)
})

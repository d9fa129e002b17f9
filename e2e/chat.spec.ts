/** Text chat: delivered once, kept for late comers, counted while unread, limited, and shown as text. */
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { expect, test } from './support/test.ts'

test('messages arrive once and in order, are counted while unread, and wait for late comers', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('Words')
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()

  const lines = ['첫 번째 message', '<img src=x onerror=alert(1)>', 'two\nlines', 'https://example.org/ 😀']
  await ana.openChat()
  await expect(ana.chat.getByText('Everyone who is in the room can read this')).toBeVisible()
  for (const line of lines) await ana.say(line)

  await test.step('Bora counts what she has not read, then reads it', async () => {
    const button = bora.page.getByRole('button', { name: 'Chat', exact: true })
    await expect(button).toHaveAccessibleDescription('4 unread messages')
    await bora.openChat()
    await expectLines(bora, lines)
    await expect(button).toHaveAccessibleDescription('')
  })
  await test.step('an answer comes back', async () => {
    await bora.say('네, 들려요')
    await expectLines(ana, [...lines, '네, 들려요'])
  })
  await test.step('who comes late finds it all', async () => {
    const chen = await invite(CAST.chen)
    await chen.open(link)
    await chen.register()
    await chen.join()
    await chen.openChat()
    await expectLines(chen, [...lines, '네, 들려요'])
    expect(await chen.page.locator('img[src="x"]').count()).toBe(0)
  })
  await test.step('a reload keeps it', async () => {
    await bora.page.reload()
    await bora.expectInCall()
    await bora.openChat()
    await expectLines(bora, [...lines, '네, 들려요'])
  })
})

/** Each line is there exactly once, in this order. */
async function expectLines(person: Person, lines: string[]): Promise<void> {
  for (const line of lines) await expect(person.chat.getByText(line)).toHaveCount(1)
  const tops = await Promise.all(
    lines.map(async (line) => (await person.chat.getByText(line).boundingBox())?.y ?? NaN),
  )
  expect(tops).toEqual([...tops].sort((a, b) => a - b))
}

test('2,000 characters go through, one more is refused with a reason', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('Long words')
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()
  await bora.openChat()

  await ana.openChat()
  await ana.say('가'.repeat(2_001))
  await expect(ana.chat.getByText('at most 2,000 characters')).toBeVisible()
  await expect(ana.chat.getByRole('textbox', { name: 'Message' })).toHaveValue('가'.repeat(2_001))
  await ana.say('나'.repeat(2_000))
  await expect(bora.chat.getByText('나'.repeat(2_000))).toBeVisible()
  await expect(bora.chat.getByText('가가가')).toHaveCount(0)
})

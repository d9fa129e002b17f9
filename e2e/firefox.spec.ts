/** Chromium and Firefox in one call, each of them as the one who was there first and as the one who came. */
import { CAST, type Role } from './support/cast.ts'
import { FirefoxPerson } from './support/firefox.ts'
import { expectToSee, framesFrom } from './support/meeting.ts'
import type { Person, PersonOptions } from './support/person.ts'
import { colourOf, distance, framesOf, heardEnergyOf } from './support/senses.ts'
import { expect, test as base } from './support/test.ts'

const TEAL = [20, 150, 160] as const
const SHARED = 'What is shared'

const test = base.extend<{ fia: FirefoxPerson }>({
  // oxlint-disable-next-line no-empty-pattern
  fia: async ({}, use, info) => {
    const fia = await FirefoxPerson.launch()
    await use(fia)
    if (info.status !== info.expectedStatus) {
      const body = await fia.page.screenshot().catch(() => undefined)
      if (body) await info.attach('Firefox', { body, contentType: 'image/png' })
    }
    await fia.close()
    expect(fia.problems(), 'nothing forbidden happened in Firefox').toEqual([])
  },
})

type Invite = (role: Role, options?: PersonOptions) => Promise<Person>

/** More than the noise that a silent microphone is sent as, within a second. */
const LOUD = 0.01

const energyInASecond = async (fia: FirefoxPerson, ana: Person): Promise<number> => {
  const before = await heardEnergyOf(fia.page, await ana.peerId())
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  return (await heardEnergyOf(fia.page, await ana.peerId())) - before
}
const expectSound = (fia: FirefoxPerson, ana: Person): Promise<void> =>
  expect.poll(() => energyInASecond(fia, ana), { timeout: 20_000 }).toBeGreaterThan(LOUD)
const expectSilence = (fia: FirefoxPerson, ana: Person): Promise<void> =>
  expect.poll(() => energyInASecond(fia, ana)).toBeLessThan(LOUD / 10)

/** Frames and sound, both ways. */
async function expectBoth(ana: Person, fia: FirefoxPerson): Promise<void> {
  await ana.expectToSee(fia)
  await expectToSee(fia, ana)
  await ana.expectToHear(fia)
  await expectSound(fia, ana)
}

async function chromiumFirst(
  origin: string,
  invite: Invite,
  fia: FirefoxPerson,
  options: PersonOptions = {},
): Promise<Person> {
  const ana = await invite(CAST.ana, options)
  await ana.open(origin)
  await ana.register()
  const link = await ana.createRoom('Two browsers')
  await ana.join()
  await fia.open(link)
  await fia.register()
  await fia.join()
  return ana
}

test('Firefox comes to Chromium: picture and sound both ways, words, mute, and back after a reload', async ({
  server,
  invite,
  fia,
}) => {
  test.setTimeout(150_000)
  const ana = await chromiumFirst(server.origin, invite, fia)
  await expectBoth(ana, fia)

  await test.step('words', async () => {
    await fia.page.click('button', 'Chat')
    await ana.openChat()
    await ana.say('Grüße aus Chromium')
    await expect.poll(() => fia.reads('Grüße aus Chromium')).toBeGreaterThan(0)
    await fia.page.click('textbox', 'Message')
    await fia.page.type('Firefox의 인사')
    await fia.page.click('button', 'Send')
    await expect(ana.chat.getByText('Firefox의 인사')).toBeVisible()
  })

  await test.step('mute and camera, seen and heard', async () => {
    await fia.page.click('button', 'Mute')
    await expect((await ana.tile(fia)).getByText('Microphone off').first()).toBeAttached()
    await ana.expectNotToHear(fia)
    await fia.page.click('button', 'Unmute')
    await ana.expectToHear(fia)
    await ana.page.getByRole('button', { name: 'Mute', exact: true }).click()
    await expectSilence(fia, ana)
    await ana.page.getByRole('button', { name: 'Unmute', exact: true }).click()
    await expectSound(fia, ana)
    await fia.page.click('button', 'Stop camera')
    const tile = `[data-peer-id="${await fia.peerId()}"]`
    await expect.poll(() => colourOf(ana.page, tile)).toBeUndefined()
    await fia.page.click('button', 'Start camera')
    await ana.expectToSee(fia)
  })

  await test.step('a reload', async () => {
    await fia.page.reload()
    await fia.expectInCall()
    // Made-up devices don't count as a reason to play without a press.
    await fia.page.click('button', 'Tap to hear')
    await expectBoth(ana, fia)
    await expect(ana.others).toHaveCount(1)
    await ana.page.reload()
    await ana.expectInCall()
    await expectBoth(ana, fia)
  })
})

test('Chromium comes to Firefox, which is the host, and the path is mended', async ({
  server,
  invite,
  fia,
}) => {
  test.setTimeout(150_000)
  await fia.open(server.origin)
  await fia.register()
  const link = await fia.createRoom('Firefox first')
  await fia.join()
  const ana = await invite(CAST.ana)
  await ana.open(link)
  await ana.register()
  await ana.join()
  await expectBoth(ana, fia)

  // Each side looks for a new path once, as it does on another network: a new connection takes the old one's place.
  const made = (): Promise<number> => fia.page.evaluate(() => globalThis.testConnections.length, null)
  for (const restart of [
    () => fia.page.evaluate(() => void window.dispatchEvent(new Event('online')), null),
    () => ana.page.evaluate(() => void window.dispatchEvent(new Event('online'))),
  ]) {
    const before = await made()
    await restart()
    await expect.poll(made).toBeGreaterThan(before)
    // Well before a second step of mending would come.
    const tile = `[data-peer-id="${await ana.peerId()}"]`
    await expect.poll(() => framesOf(fia.page, tile), { timeout: 4_000 }).toBeGreaterThan(3)
    await expectBoth(ana, fia)
    // One, or two when the other side noticed the end of the old one before it heard of the new one.
    expect(await made()).toBeLessThanOrEqual(before + 2)
  }

  await fia.page.click('button', 'Leave')
  await expect(ana.others).toHaveCount(0, { timeout: 2_000 })
})

test('Firefox sees the screen that Chromium shares', { tag: '@rest' }, async ({ server, invite, fia }) => {
  test.setTimeout(120_000)
  const ana = await chromiumFirst(server.origin, invite, fia, { shares: SHARED })
  await expectToSee(fia, ana)
  const shared = await ana.page.context().newPage()
  await shared.setContent(`<title>${SHARED}</title><body style="background: rgb(${TEAL.join(',')})"></body>`)
  await ana.page.bringToFront()
  await ana.page.getByRole('button', { name: 'Share screen' }).click()
  const screen = `[data-screen-of="${await ana.peerId()}"]`
  await expect
    .poll(
      async () => {
        const seen = await colourOf(fia.page, screen)
        return seen ? distance(seen, TEAL) : 'no picture'
      },
      { timeout: 20_000 },
    )
    .toBeLessThan(60)
  expect(await framesOf(fia.page, screen)).toBeGreaterThan(0)
  // The camera beside it goes on.
  const before = await framesFrom(fia, ana)
  await expect.poll(() => framesFrom(fia, ana)).toBeGreaterThan(before + 3)
  await shared.close()
  await expect
    .poll(() => fia.page.evaluate((selector) => document.querySelectorAll(selector).length, screen))
    .toBe(0)
})

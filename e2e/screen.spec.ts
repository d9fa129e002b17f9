/** A shared screen: real pixels and real sound at the others, without a single negotiation. */
import type { Page } from '@playwright/test'
import { CAST, type Role } from './support/cast.ts'
import type { Rgb } from './support/fake-media.ts'
import type { Person, PersonOptions } from './support/person.ts'
import { colourOf, distance, toneOf } from './support/senses.ts'
import { expect, test } from './support/test.ts'

const AMBER: Rgb = [220, 140, 20]
const TEAL: Rgb = [20, 150, 160]
const PURPLE: Rgb = [130, 30, 170]
const HERTZ = 1_700
const SHARED = 'What is shared'

type Invite = (role: Role, options?: PersonOptions) => Promise<Person>

/** A page of one colour in a tab of its own, which the browser of this person shares when it is asked. */
async function openShared(person: Person, colour: Rgb): Promise<Page> {
  const shared = await person.page.context().newPage()
  await shared.setContent(`<title>${SHARED}</title><body></body>`)
  await paint(shared, colour)
  await person.page.bringToFront()
  return shared
}
const paint = (shared: Page, colour: Rgb): Promise<void> =>
  shared.evaluate((rgb) => void (document.body.style.background = `rgb(${rgb.join(',')})`), colour)

/** Ana is in and can share; the others are with her. */
async function meet(
  origin: string,
  invite: Invite,
  roles: Role[] = [CAST.bora],
): Promise<[Person, ...Person[]]> {
  const ana = await invite(CAST.ana, { shares: SHARED })
  await ana.open(origin)
  await ana.register()
  const link = await ana.createRoom('Show me')
  await ana.join()
  const others: Person[] = []
  for (const role of roles) others.push(await joinAt(link, invite, role))
  return [ana, ...others]
}
async function joinAt(link: string, invite: Invite, role: Role): Promise<Person> {
  const person = await invite(role, { shares: SHARED })
  await person.open(link)
  await person.register()
  await person.join()
  return person
}

const share = (person: Person): Promise<void> =>
  person.page.getByRole('button', { name: 'Share screen' }).click()
const screenOf = async (watcher: Person, sharer: Person) =>
  watcher.page.locator(`[data-screen-of="${await sharer.peerId()}"]`)

async function expectScreen(watcher: Person, sharer: Person, colour: Rgb): Promise<void> {
  const selector = `[data-screen-of="${await sharer.peerId()}"]`
  await expect
    .poll(
      async () => {
        const seen = await colourOf(watcher.page, selector)
        return seen ? distance(seen, colour) : 'no picture'
      },
      { message: `${watcher.role.name} sees the screen of ${sharer.role.name}`, timeout: 20_000 },
    )
    .toBeLessThan(60)
}
async function areaOf(locator: ReturnType<Page['locator']>): Promise<number> {
  const box = await locator.boundingBox()
  return box ? box.width * box.height : 0
}

/** From now on every step of every negotiation is counted. */
function countNegotiations(person: Person): Promise<void> {
  return person.page.evaluate(() => {
    const steps: string[] = []
    Object.assign(globalThis, { steps })
    for (const connection of globalThis.testConnections) {
      connection.addEventListener('negotiationneeded', () => steps.push('needed'))
      connection.addEventListener('signalingstatechange', () => steps.push(connection.signalingState))
    }
  })
}
const negotiations = (person: Person): Promise<string[]> =>
  person.page.evaluate(() => (globalThis as unknown as { steps: string[] }).steps)

test('a screen is seen as it is, takes the stage, and no connection is negotiated for it', async ({
  server,
  invite,
}) => {
  const [ana, bora] = await meet(server.origin, invite)
  await ana.expectToMeet(bora!)
  await bora!.expectToMeet(ana)
  const shared = await openShared(ana, AMBER)
  for (const person of [ana, bora!]) await countNegotiations(person)

  await share(ana)
  await expectScreen(bora!, ana, AMBER)
  await expect(ana.page.getByText('Others see your screen')).toBeVisible()
  const screen = await screenOf(bora!, ana)
  await expect
    .poll(async () => (await areaOf(screen)) / (await areaOf(await bora!.tile(ana))))
    .toBeGreaterThan(4)
  expect(await screen.locator('video').evaluate((video) => getComputedStyle(video).objectFit)).toBe('contain')
  await paint(shared, TEAL)
  await expectScreen(bora!, ana, TEAL)
  // The camera beside it goes on.
  await bora!.expectToMeet(ana)

  await ana.page.locator('section').getByRole('button', { name: 'Stop sharing' }).click()
  await expect(screen).toHaveCount(0)
  await share(ana)
  await expectScreen(bora!, ana, TEAL)
  for (const person of [ana, bora!]) {
    expect(await negotiations(person)).toEqual([])
    expect(await person.page.evaluate(() => globalThis.testConnections.length)).toBe(1)
  }

  // A path that is mended is negotiated, and carries the screen on.
  await ana.page.evaluate(() => window.dispatchEvent(new Event('online')))
  await expect.poll(() => negotiations(ana)).toContain('have-local-offer')
  await expect.poll(async () => (await negotiations(ana)).at(-1)).toBe('stable')
  await paint(shared, PURPLE)
  await expectScreen(bora!, ana, PURPLE)
})

test('two screens at once, one of them large; who comes later sees both', async ({ server, invite }) => {
  test.setTimeout(150_000)
  const [ana, bora] = await meet(server.origin, invite)
  await bora!.expectToSee(ana)
  await openShared(ana, AMBER)
  await openShared(bora!, TEAL)
  await share(ana)
  await expectScreen(bora!, ana, AMBER)
  await share(bora!)
  await expectScreen(ana, bora!, TEAL)

  const chen = await joinAt(ana.page.url(), invite, CAST.chen)
  await expectScreen(chen, ana, AMBER)
  await expectScreen(chen, bora!, TEAL)
  const [first, second] = [await screenOf(chen, ana), await screenOf(chen, bora!)]
  const firstIsLarge = (await areaOf(first)) > (await areaOf(second))
  const [large, small] = firstIsLarge ? [first, second] : [second, first]
  await expect.poll(async () => (await areaOf(large)) / (await areaOf(small))).toBeGreaterThan(3)
  const sharer = firstIsLarge ? bora! : ana
  await chen.page.getByRole('button', { name: `Pin Screen of ${sharer.role.name}` }).click()
  await expect.poll(async () => (await areaOf(small)) / (await areaOf(large))).toBeGreaterThan(3)
  await expectScreen(chen, ana, AMBER)
  await expectScreen(chen, bora!, TEAL)
})

test('it ends from the browser itself, with a reload, and with leaving', async ({ server, invite }) => {
  const [ana, bora] = await meet(server.origin, invite)
  const first = await openShared(ana, AMBER)
  await share(ana)
  await expectScreen(bora!, ana, AMBER)
  // What is shared is closed: the track ends by the browser's doing, as with its own bar.
  await first.close()
  await expect(bora!.page.locator('[data-screen-of]')).toHaveCount(0)
  await expect(ana.page.getByRole('button', { name: 'Share screen' })).toBeVisible()

  await openShared(ana, TEAL)
  await share(ana)
  await expectScreen(bora!, ana, TEAL)
  await ana.page.reload()
  await ana.expectInCall()
  await expect(bora!.page.locator('[data-screen-of]')).toHaveCount(0)
  await expect(ana.page.getByRole('button', { name: 'Share screen' })).toBeVisible()
  await bora!.expectToSee(ana)

  await ana.page.evaluate(() => {
    const { mediaDevices } = navigator
    const ask = mediaDevices.getDisplayMedia.bind(mediaDevices)
    mediaDevices.getDisplayMedia = async (options) => {
      const stream = await ask(options)
      Object.assign(globalThis, { given: stream })
      return stream
    }
  })
  await share(ana)
  await expectScreen(bora!, ana, TEAL)
  await ana.leave()
  await expect(bora!.page.locator('[data-screen-of]')).toHaveCount(0)
  expect(
    await ana.page.evaluate(() =>
      (globalThis as unknown as { given: MediaStream }).given.getTracks().map(({ readyState }) => readyState),
    ),
  ).toEqual(['ended', 'ended'])
})

test('what the shared page plays is heard, muted or not, and the voice is back afterwards', async ({
  server,
  invite,
}) => {
  const [ana, bora] = await meet(server.origin, invite)
  await bora!.expectToMeet(ana)
  const shared = await openShared(ana, AMBER)
  await shared.bringToFront()
  await shared.mouse.click(10, 10)
  await shared.evaluate((hertz) => {
    const audio = new AudioContext()
    const tone = new OscillatorNode(audio, { frequency: hertz })
    tone.connect(audio.destination)
    tone.start()
    return audio.resume()
  }, HERTZ)
  await ana.page.bringToFront()
  await ana.page.getByRole('button', { name: 'Mute', exact: true }).click()
  await bora!.expectNotToHear(ana)

  await share(ana)
  await expectScreen(bora!, ana, AMBER)
  const peerId = await ana.peerId()
  await expect
    .poll(async () => Math.abs(((await toneOf(bora!.page, peerId)) ?? Infinity) - HERTZ), { timeout: 20_000 })
    .toBeLessThan(20)
  await shared.close()
  await bora!.expectNotToHear(ana)
  await ana.page.getByRole('button', { name: 'Unmute' }).click()
  await bora!.expectToHear(ana)
})

test('no button where the browser can’t share', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  await ana.page.addInitScript(() => {
    delete (MediaDevices.prototype as Partial<MediaDevices>).getDisplayMedia
  })
  await ana.open(server.origin)
  await ana.register()
  await ana.createRoom('On a phone')
  await ana.join()
  await expect(ana.page.getByRole('button', { name: 'Invite', exact: true })).toBeVisible()
  await expect(ana.page.getByRole('button', { name: 'Share screen' })).toHaveCount(0)
  await ana.page.keyboard.press('?')
  await expect(ana.page.getByRole('dialog')).toBeVisible()
  await expect(ana.page.getByRole('dialog').getByText('Share screen')).toHaveCount(0)
})

/** Every way to be without a camera or a microphone has its own words, and none of them keeps anyone out. */
import { CAST } from './support/cast.ts'
import type { Person, PersonOptions } from './support/person.ts'
import { colourOf } from './support/senses.ts'
import { freePort } from '../apps/server/src/backend/start-redis.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'

const BLOCKED = /blocked for this page/

interface Without {
  what: string
  options: PersonOptions
  says: string
}

const without: Without[] = [
  { what: 'no devices', options: { devices: 'none' }, says: 'No camera and microphone found' },
  {
    what: 'permission denied',
    options: { devices: 'denied' },
    says: 'Camera and microphone blocked for this page',
  },
]

for (const { what, options, says } of without) {
  test(`${what}: explained, and one can still watch and listen`, async ({ server, invite }) => {
    const ana = await invite(CAST.ana)
    await ana.open(server.origin)
    await ana.register()
    const link = await ana.createRoom('Watching')
    await ana.join()
    const bora = await invite(CAST.bora, options)
    await bora.open(link)
    await bora.register()
    await expect(bora.page.getByText(says)).toBeVisible()
    await expect(bora.page.getByText('You can still join to watch and listen.')).toBeVisible()
    await expect(bora.page.getByText(BLOCKED)).toHaveCount(what === 'permission denied' ? 1 : 0)
    await watchAndListen(bora, ana)
  })
}

test(
  'an insecure origin: explained, and one can still watch and listen',
  { tag: '@rest' },
  async ({ invite }) => {
    const port = await freePort()
    const plain = `http://maru.test:${port}`
    await using server = await startReplica({
      port,
      env: { PUBLIC_ORIGIN: `http://localhost:${port},${plain}` },
    })
    const ana = await invite(CAST.ana)
    await ana.open(server.origin)
    await ana.register()
    const link = await ana.createRoom('Over http')
    await ana.join()
    // Any name but localhost is insecure over http: no mediaDevices, no Web Locks, no crypto.subtle.
    const bora = await invite(CAST.bora, { args: ['--host-resolver-rules=MAP maru.test 127.0.0.1'] })
    await bora.open(new URL(new URL(link).pathname, plain).href)
    await bora.register()
    expect(await bora.page.evaluate(() => isSecureContext)).toBe(false)
    await expect(bora.page.getByText('No camera and microphone on this address')).toBeVisible()
    await expect(bora.page.getByText(BLOCKED)).toHaveCount(0)
    await watchAndListen(bora, ana)
  },
)

test('muted and without camera at the door: so it is inside, after a reload, and in the next room', async ({
  server,
  invite,
}) => {
  const bora = await invite(CAST.bora)
  await bora.open(server.origin)
  await bora.register()
  const link = await bora.createRoom('Quiet')
  await bora.join()

  const ana = await invite(CAST.ana)
  await ana.open(link)
  await ana.register()
  await ana.page.getByRole('button', { name: 'Mute', exact: true }).click()
  await ana.page.getByRole('button', { name: 'Stop camera' }).click()
  await ana.join()
  const expectOff = async (): Promise<void> => {
    await expect(ana.page.getByRole('button', { name: 'Unmute' })).toBeVisible()
    await expect(ana.page.getByRole('button', { name: 'Start camera' })).toBeVisible()
  }
  await expectOff()
  const tile = await bora.tile(ana)
  await expect(tile.getByText('Microphone off').first()).toBeAttached()
  await ana.expectToSee(bora)
  expect(await colourOf(bora.page, `[data-peer-id="${await ana.peerId()}"]`)).toBeUndefined()
  await bora.expectNotToHear(ana)

  await ana.page.reload()
  await ana.expectInCall()
  await expectOff()
  await ana.leave()
  await ana.open(server.origin)
  await ana.createRoom('Next')
  await expectOff()
})

test('camera and microphone go off and on again during the call', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('Switches')
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()
  await bora.expectToMeet(ana)
  const tile = `[data-peer-id="${await ana.peerId()}"]`

  await ana.page.getByRole('button', { name: 'Stop camera' }).click()
  await expect.poll(() => colourOf(bora.page, tile)).toBeUndefined()
  await ana.page.getByRole('button', { name: 'Mute', exact: true }).click()
  await expect((await bora.tile(ana)).getByText('Microphone off').first()).toBeAttached()
  await bora.expectNotToHear(ana)

  await ana.page.getByRole('button', { name: 'Start camera' }).click()
  await ana.page.getByRole('button', { name: 'Unmute' }).click()
  await bora.expectToMeet(ana)
})

async function watchAndListen(person: Person, other: Person): Promise<void> {
  await person.join()
  await person.expectToMeet(other)
  await expect(await other.tile(person)).toBeVisible()
  expect(await colourOf(other.page, `[data-peer-id="${await person.peerId()}"]`)).toBeUndefined()
}

test('a press on Join holds while devices turn up and the page grows under it', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana)
  const { page } = ana
  await page.addInitScript(() => {
    const { mediaDevices } = navigator
    const enumerate = mediaDevices.enumerateDevices.bind(mediaDevices)
    const known = new Promise((resolve) => addEventListener('devices-are-known', resolve))
    mediaDevices.enumerateDevices = () => known.then(enumerate)
  })
  await ana.open(server.origin)
  await ana.register()
  await ana.createRoom('Moving target')
  await ana.expectOwnPicture()
  const join = page.getByRole('button', { name: 'Join', exact: true })
  const before = await join.boundingBox()
  if (!before) throw new Error('no button')
  // Near its upper edge, which is the first to move away.
  await page.mouse.move(before.x + before.width / 2, before.y + 4)
  await page.mouse.down()
  await page.evaluate(() => dispatchEvent(new Event('devices-are-known')))
  await expect(page.getByRole('combobox', { name: 'Speaker' })).toBeVisible()
  expect((await join.boundingBox())?.y, 'the button has moved').toBeGreaterThan(before.y + 10)
  await page.mouse.up()
  await ana.expectInCall()
})

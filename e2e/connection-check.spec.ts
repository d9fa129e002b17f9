/** The connection check: everything good where it is, and for each thing that is broken its verdict and its sentence. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { CAST } from './support/cast.ts'
import { type Certificate, makeCertificate, nowhere, startCoturn } from './support/coturn.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'

/** A failing relay is waited for, one after the other at worst. */
const RUN_MS = 60_000
const START = 'Start the check'

async function check(page: Page, button = START): Promise<void> {
  await page.getByRole('button', { name: button }).click()
  await expect(page.locator('[data-outcome]')).toBeVisible({ timeout: RUN_MS })
}

/** What was found, by item. */
async function verdicts(page: Page): Promise<Record<string, string | null>> {
  const rows = await page.locator('[data-item]').all()
  const pairs = rows.map(async (row) => [
    await row.getAttribute('data-item'),
    await row.getAttribute('data-verdict'),
  ])
  return Object.fromEntries(await Promise.all(pairs)) as Record<string, string | null>
}

const rowOf = (page: Page, item: string) => page.locator(`[data-item="${item}"]`)
const outcomeOf = (page: Page) => page.locator('[data-outcome]').getAttribute('data-outcome')

const MEASURES = ['roundTrip', 'loss', 'throughput']
const all = (items: string[], verdict: string): Record<string, string> =>
  Object.fromEntries(items.map((item) => [item, verdict]))

/** Counts what the page sends to itself, and whether it asks for devices. Runs before the page's own scripts. */
function watchSpending(): void {
  const spent = { bytes: 0, questions: 0 }
  Object.assign(globalThis, { spent })
  const { send } = RTCDataChannel.prototype
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
    spent.bytes += (data as ArrayBuffer).byteLength
    return (send as (data: unknown) => void).call(this, data)
  }
  const devices = navigator.mediaDevices
  const ask = devices.getUserMedia.bind(devices)
  devices.getUserMedia = (constraints) => {
    spent.questions += 1
    return ask(constraints)
  }
}

const spentOn = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { spent: { bytes: number; questions: number } }).spent)

/** Everything in the page's connections that must not get out: user names, passwords, fragments, addresses. */
const secretsOf = (page: Page) =>
  page.evaluate(() =>
    globalThis.testConnections.flatMap((pc) => {
      const { iceServers = [] } = pc.getConfiguration()
      const passes = iceServers.flatMap(({ username, credential }) => [username, credential])
      const sdp = pc.localDescription?.sdp ?? ''
      const marks = Array.from(sdp.matchAll(/a=(?:ice-ufrag|ice-pwd|fingerprint:\S+) ?:?(\S+)/g), (m) => m[1])
      return [...passes, ...marks].filter((text): text is string => text !== undefined && text !== '')
    }),
  )

const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b|(?:[\da-f]{1,4}:){2,}|\b[\w-]+\.local\b|localhost|:\d{4,5}\b/i

test.describe('with a relay', () => {
  let certificate: Certificate
  test.beforeAll(async () => {
    certificate = await makeCertificate()
  })
  test.afterAll(() => certificate[Symbol.asyncDispose]())

  test('all is good; nothing is asked before; the report tells nothing that is private', async ({
    invite,
  }) => {
    await using coturn = await startCoturn({ certificate })
    await using server = await startReplica({ env: coturn.env })
    const ana = await invite(CAST.ana, { env: { HOME: certificate.home } })
    const { page } = ana
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write', 'camera', 'microphone'])
    await page.addInitScript(watchSpending)
    await ana.open(`${server.origin}/doctor`)
    await page.getByRole('button', { name: START }).waitFor()
    expect(await spentOn(page)).toEqual({ bytes: 0, questions: 0 })
    expect(await page.evaluate(() => globalThis.testConnections.length)).toBe(0)

    const startedAt = Date.now()
    await page.getByRole('button', { name: START }).click()
    await expect(page.getByText(/\d of 10 checked/)).toBeVisible()
    await expect(page.locator('[data-outcome]')).toBeVisible({ timeout: RUN_MS })
    expect(await verdicts(page)).toEqual(
      all(['camera', 'microphone', 'server', 'direct', 'udp', 'tcp', 'tls', ...MEASURES], 'good'),
    )
    expect(await outcomeOf(page)).toBe('good')
    await expect(page.getByText('Everything works.')).toBeVisible()
    await expect(rowOf(page, 'throughput')).toContainText(/\d Mbit\/s/)
    await expect(rowOf(page, 'roundTrip')).toContainText(/\d ms/)
    await expect(rowOf(page, 'loss')).toContainText(/\d %/)
    expect((await spentOn(page)).bytes).toBeLessThan(3_000_000)
    expect(Date.now() - startedAt).toBeLessThan(RUN_MS)
    // Each way was really gone, and camera and microphone are free again.
    const left = await page.evaluate(() => globalThis.testConnections.map((pc) => pc.connectionState))
    expect(left.length).toBeGreaterThan(6)
    expect(new Set(left)).toEqual(new Set(['closed']))

    await page.getByRole('button', { name: 'Copy report' }).click()
    await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
    const report = await page.evaluate(() => navigator.clipboard.readText())
    expect(report).toMatch(/^Maru · Connection check · \d{4}-\d\d-\d\d \d\d:\d\d UTC · Chromium \d+, Linux\n/)
    expect(report.match(/^✓ /gm)).toHaveLength(10)
    expect(report).not.toMatch(ADDRESS)
    const secrets = await secretsOf(page)
    expect(secrets.length).toBeGreaterThan(10)
    for (const secret of secrets) expect(report).not.toContain(secret)

    await check(page, 'Check again')
    expect(await outcomeOf(page)).toBe('good')
  })

  test('UDP blocked: the other two carry the call', { tag: '@rest' }, async ({ invite }) => {
    await using coturn = await startCoturn({ certificate, udp: false })
    await using server = await startReplica({ env: coturn.env })
    const ana = await invite(CAST.ana, { env: { HOME: certificate.home } })
    await ana.open(`${server.origin}/doctor`)
    await check(ana.page)
    expect(await verdicts(ana.page)).toMatchObject({
      ...all(['direct', 'udp'], 'bad'),
      ...all(['server', 'tcp', 'tls', ...MEASURES], 'good'),
    })
    await expect(rowOf(ana.page, 'udp')).toContainText('If another detour works, calls take that one')
    expect(await outcomeOf(ana.page)).toBe('poor')
  })

  test(
    'a browser that doesn’t trust the certificate: TLS alone is out',
    { tag: '@rest' },
    async ({ invite }) => {
      await using coturn = await startCoturn({ certificate })
      await using server = await startReplica({ env: coturn.env })
      const ana = await invite(CAST.ana)
      await ana.open(`${server.origin}/doctor`)
      await check(ana.page)
      expect(await verdicts(ana.page)).toMatchObject({ ...all(['udp', 'tcp'], 'good'), tls: 'bad' })
      await expect(rowOf(ana.page, 'tls')).toContainText('its certificate isn’t valid')
    },
  )

  test('another secret on the server: refused, and said so', async ({ invite }) => {
    await using coturn = await startCoturn({ certificate })
    await using server = await startReplica({
      env: { ...coturn.env, TURN_SECRET: 'w7Yp4cR9eU2nK6tQ8aJ5mX1z' },
    })
    const ana = await invite(CAST.ana, { env: { HOME: certificate.home } })
    await ana.open(`${server.origin}/doctor`)
    await check(ana.page)
    expect(await verdicts(ana.page)).toMatchObject({
      ...all(['server', 'direct'], 'good'),
      ...all(['udp', 'tcp', 'tls'], 'bad'),
      ...all(MEASURES, 'skipped'),
    })
    await expect(rowOf(ana.page, 'udp')).toContainText('TURN_SECRET differs')
    await expect(ana.page.getByRole('textbox', { name: 'Report' })).toHaveValue(/\[401\]/)
  })

  test(
    'in a call that can’t connect: the reason is a press away, and the call goes on',
    { tag: '@rest' },
    async ({ invite }) => {
      // It is tried for most of a minute before it is given up.
      test.setTimeout(180_000)
      const dead = await nowhere()
      await using server = await startReplica({ env: { ...dead, ICE_POLICY: 'relay' } })
      const ana = await invite(CAST.ana)
      await ana.open(server.origin)
      await ana.register()
      const link = await ana.createRoom('No way through', { listed: false })
      await ana.join()
      const bora = await invite(CAST.bora)
      await bora.open(link)
      await bora.register()
      await bora.join()
      const { page } = ana
      const findOut = page.getByRole('button', { name: /^No connection to 보라\.\s*Find out why/ })
      await expect(findOut).toBeVisible({ timeout: 90_000 })
      await findOut.click()
      const panel = page.getByRole('dialog', { name: 'Connection check' })
      await expect(panel.getByText('Your call goes on meanwhile.')).toBeVisible()
      await check(page)
      // Camera and microphone are the call's.
      const { camera, ...rest } = await verdicts(page)
      expect(camera).toBeUndefined()
      expect(rest).toMatchObject({ server: 'good', direct: 'skipped', ...all(['udp', 'tcp', 'tls'], 'bad') })
      expect(await outcomeOf(page)).toBe('bad')
      await page.keyboard.press('Escape')
      await expect(panel).toBeHidden()
      await expect(findOut).toBeFocused()
      await ana.expectInCall()
      await expect(ana.others).toHaveCount(1)
      await ana.leave()
    },
  )
})

test(
  'no relay to be reached: each way says so, on a page that can be read by all',
  { tag: '@rest' },
  async ({ invite }) => {
    await using server = await startReplica({ env: await nowhere() })
    const ana = await invite(CAST.ana)
    const { page } = ana
    await ana.open(`${server.origin}/doctor`)
    await check(page)
    expect(await verdicts(page)).toEqual({
      ...all(['camera', 'microphone', 'server'], 'good'),
      ...all(['direct', 'udp', 'tcp', 'tls'], 'bad'),
      ...all(MEASURES, 'skipped'),
    })
    await expect(rowOf(page, 'direct')).toContainText('This network lets no call out directly.')
    await expect(rowOf(page, 'tcp')).toContainText('No answer')
    await expect(rowOf(page, 'loss')).toContainText('no detour works')
    expect(await outcomeOf(page)).toBe('bad')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const { violations, passes } = await new AxeBuilder({ page }).analyze()
      expect(passes.length).toBeGreaterThan(10)
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
        [],
      )
    }
  },
)

test('no camera and microphone, and a no to them', async ({ server, invite }) => {
  for (const [devices, says] of [
    ['none', 'No camera found'],
    ['denied', 'Camera blocked for this page'],
  ] as const) {
    const ana = await invite(CAST.ana, { devices })
    await ana.open(`${server.origin}/doctor`)
    await check(ana.page)
    expect(await verdicts(ana.page)).toMatchObject({
      ...all(['camera', 'microphone'], 'bad'),
      server: 'good',
    })
    await expect(rowOf(ana.page, 'camera')).toContainText(says)
    // A server without any says so, and what that means.
    expect(await verdicts(ana.page)).toMatchObject(
      all(['direct', 'udp', 'tcp', 'tls', ...MEASURES], 'skipped'),
    )
    await expect(rowOf(ana.page, 'udp')).toContainText('This server has none.')
  }
})

test('no server: gone, cut off on the way, and no network at all', { tag: '@rest' }, async ({ invite }) => {
  await using server = await startReplica()
  const ana = await invite(CAST.ana)
  const { page } = ana
  let cut = true
  await page.routeWebSocket(/\/ws(?:\?|$)/, async (socket) => {
    if (cut) await socket.close()
    else socket.connectToServer()
  })
  await ana.open(`${server.origin}/doctor`)
  const rest = ['direct', 'udp', 'tcp', 'tls', ...MEASURES]
  await check(page)
  expect(await verdicts(page)).toMatchObject({ server: 'bad', ...all(rest, 'skipped') })
  await expect(rowOf(page, 'server')).toContainText('something on the way cuts the live connection')
  expect(await outcomeOf(page)).toBe('bad')

  cut = false
  await server.kill()
  await check(page, 'Check again')
  expect(await verdicts(page)).toMatchObject({ server: 'bad', ...all(rest, 'skipped') })
  await expect(rowOf(page, 'server')).toContainText('It doesn’t answer.')

  await page.context().setOffline(true)
  await check(page, 'Check again')
  expect(await verdicts(page)).toMatchObject({ camera: 'good', server: 'bad' })
  await expect(rowOf(page, 'server')).toContainText('Your device is offline.')
})

test(
  'who makes rooms with a key shows it for the check as well, once; a guest of a room needs none',
  { tag: '@rest' },
  async ({ invite }) => {
    const key = 'nine pine trees'
    await using coturn = await startCoturn()
    await using server = await startReplica({ env: { ...coturn.env, CREATE_KEY: key } })
    const ana = await invite(CAST.ana)
    const { page } = ana
    await ana.open(`${server.origin}/doctor`)
    const field = page.getByRole('textbox', { name: 'Key for making rooms' })
    await expect(field).toBeVisible()
    await check(page)
    expect(await verdicts(page)).toMatchObject({ server: 'good', ...all(['udp', 'tcp'], 'skipped') })
    await expect(rowOf(page, 'udp')).toContainText('Open the check from a room')
    await field.fill('ten pine trees')
    await check(page, 'Check again')
    await expect(page.getByText('That isn’t the key.')).toBeVisible()
    await field.fill(key)
    await check(page, 'Check again')
    expect(await verdicts(page)).toMatchObject(all(['udp', 'tcp'], 'good'))
    await expect(field).toBeHidden()

    await ana.open(server.origin)
    await ana.register()
    const link = await ana.createRoom('Checked', { listed: false })
    const bora = await invite(CAST.bora)
    await bora.open(`${server.origin}/doctor#${new URL(link).pathname.slice(3)}`)
    await check(bora.page)
    expect(await verdicts(bora.page)).toMatchObject(all(['udp', 'tcp'], 'good'))
    await bora.page.getByRole('link', { name: 'Back' }).click()
    await expect(bora.page).toHaveURL(link)
  },
)

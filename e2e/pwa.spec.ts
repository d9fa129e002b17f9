/** Maru as an app: installable, there without a network, and updated only by the person. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { CAST } from './support/cast.ts'
import { CHROMIUM_ARGS, chromiumPath } from './support/chromium.ts'
import { type Deployment, startDeployment } from './support/deployment.ts'
import type { Person } from './support/person.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'

const READY = 'A new version is ready.'

/** A browser with a profile of its own on disk; what it has kept is there when it is started again. */
async function startBrowser(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    args: [...CHROMIUM_ARGS, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
    locale: 'en-US',
  })
}

const workerIsReady = (page: Page): Promise<unknown> =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready
    while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 20))
  })

/** Paths of all that is kept in caches of any name. */
const keptPaths = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const paths: string[] = []
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname)
    return paths.sort()
  })

/** What the browser does by itself now and then; resolves when the new worker waits. */
const lookForUpdate = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const registration = (await navigator.serviceWorker.getRegistration())!
    await registration.update()
    while (!registration.waiting) await new Promise((resolve) => setTimeout(resolve, 20))
  })

const isNextBuild = async (page: Page): Promise<boolean> =>
  (await page.locator('meta[name="build"]').count()) === 1

async function expectNoViolations(page: Page): Promise<void> {
  const { violations, passes } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  expect(passes.length).toBeGreaterThan(10)
}

async function atHome(
  deployment: Deployment,
  invite: (role: typeof CAST.ana) => Promise<Person>,
): Promise<Person> {
  const ana = await invite(CAST.ana)
  await ana.open(deployment.origin)
  await ana.register()
  await workerIsReady(ana.page)
  return ana
}

/** Width and height from a PNG's first chunk. */
function sizeOf(png: Buffer): string {
  return `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`
}

test('Chromium itself finds nothing that keeps Maru from being installed', async ({ server }) => {
  const profile = await mkdtemp(join(tmpdir(), 'maru-profile-'))
  const browser = await startBrowser(profile)
  try {
    const page = browser.pages()[0]!
    await page.goto(server.origin)
    await workerIsReady(page)
    const devtools = await browser.newCDPSession(page)
    const { errors, data } = await devtools.send('Page.getAppManifest')
    expect(errors).toEqual([])
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
    expect(installabilityErrors).toEqual([])

    const manifest = JSON.parse(data!)
    expect(manifest).toMatchObject({ id: '/', start_url: '/', scope: '/', display: 'standalone' })
    const { icons, screenshots, shortcuts } = manifest
    const purposes = icons.map(({ sizes, purpose }: Record<string, string>) => `${sizes} ${purpose}`)
    for (const wanted of ['192x192 any', '512x512 any', '512x512 maskable', '512x512 monochrome'])
      expect(purposes).toContain(wanted)
    expect(screenshots.map((shot: Record<string, string>) => shot['form_factor'])).toEqual(['wide', 'narrow'])
    for (const { src, sizes } of [...icons, ...screenshots]) {
      const response = await fetch(server.origin + src)
      expect(response.headers.get('content-type'), src).toBe('image/png')
      expect(sizeOf(Buffer.from(await response.arrayBuffer())), src).toBe(sizes)
    }
    for (const path of ['/sw.js', '/manifest.webmanifest'])
      expect((await fetch(server.origin + path)).headers.get('cache-control'), path).toBe('no-cache')

    // The shortcut: whoever has no name yet gives it first.
    await page.goto(server.origin + shortcuts[0].url)
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ana')
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByRole('dialog', { name: 'New room' })).toBeVisible()
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Hello, Ana' })).toBeVisible()
    await expect(page.getByRole('dialog')).toBeHidden()
  } finally {
    await browser.close()
    await rm(profile, { recursive: true, force: true })
  }
})

test('without the server, in a browser that was restarted, Maru opens with name and recent rooms', async () => {
  const profile = await mkdtemp(join(tmpdir(), 'maru-profile-'))
  let browser = await startBrowser(profile)
  let server = await startReplica()
  try {
    let page = browser.pages()[0]!
    await page.goto(server.origin)
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ana')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'New room', exact: true }).click()
    await page.getByRole('textbox', { name: 'Room name' }).fill('Morning stand-up')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByRole('button', { name: 'Leave', exact: true }).click()
    await expect(page.getByRole('heading', { name: 'You have left' })).toBeVisible()
    await workerIsReady(page)

    await browser.close()
    await server.kill()
    browser = await startBrowser(profile)
    page = browser.pages()[0]!
    await page.goto(server.origin)
    await expect(page.getByRole('heading', { name: 'Hello, Ana' })).toBeVisible()
    const recent = page.getByRole('region', { name: 'Recent rooms' })
    await expect(recent.getByRole('link', { name: 'Morning stand-up' })).toBeVisible()
    await expect(page.getByText('Rooms need the network.')).toBeVisible()
    await expectNoViolations(page)
    // Neither health nor anything else of the server has an answer from anywhere else.
    for (const path of ['/healthz', '/readyz', '/ws'])
      expect(await page.evaluate((url) => fetch(url).catch(() => 'no answer'), path), path).toBe('no answer')
    for (const path of ['/settings', '/r/AAAAAAAAAAAAAAAAAAAAAA']) {
      await page.goto(server.origin + path)
      await expect(page.getByRole('heading').first()).toBeVisible()
    }
    const health = await browser.newPage()
    expect(await health.goto(`${server.origin}/healthz`).catch(() => 'no answer')).toBe('no answer')
    await health.close()

    await page.goto(server.origin)
    await expect(page.getByText('Rooms need the network.')).toBeVisible()
    server = await startReplica({ port: server.port })
    await expect(page.getByText('Nobody is here yet')).toBeVisible({ timeout: 20_000 })
    await page.getByRole('button', { name: 'Forget the recent rooms' }).click()
    await expect(recent).toBeHidden()
    await expect(page.getByRole('heading', { name: 'Hello, Ana' })).toBeFocused()
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Hello, Ana' })).toBeVisible()
    await expect(recent).toBeHidden()
  } finally {
    await browser.close()
    await server.kill()
    await rm(profile, { recursive: true, force: true })
  }
})

/** What the worker keeps of a build. The demo's bar is nothing without the demo's own server. */
const shellOf = (assets: string[]): string[] =>
  ['/index.html', '/mark.svg', ...assets.filter((path) => !path.startsWith('/assets/demo-bar-'))].sort()

test('the shell is kept and nothing else; what is lost of it comes from the network and is kept again', async ({
  invite,
}) => {
  await using deployment = await startDeployment()
  const ana = await atHome(deployment, invite)
  const { page } = ana
  const shell = shellOf(deployment.assets.old)
  expect(await keptPaths(page)).toEqual(shell)
  await page.evaluate(() => Promise.all(['/healthz', '/readyz', '/nothing'].map((path) => fetch(path))))
  await ana.createRoom('Kept')
  await ana.join()
  await ana.leave()
  expect(await keptPaths(page)).toEqual(shell)

  await page.evaluate(async () => {
    const [name] = await caches.keys()
    for (const request of await (await caches.open(name!)).keys())
      if (request.url.includes('/assets/')) await (await caches.open(name!)).delete(request)
  })
  await ana.open(deployment.origin)
  await expect(page.getByRole('heading', { name: 'Hello, Ana' })).toBeVisible()
  await expect.poll(() => keptPaths(page)).toEqual(shell)

  await page.evaluate(async () => Promise.all((await caches.keys()).map((name) => caches.delete(name))))
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Hello, Ana' })).toBeVisible()
  await expect.poll(() => keptPaths(page)).toEqual(shell)
})

test('a new version is offered, breaks nothing while it waits, and comes when it is accepted', async ({
  invite,
}) => {
  await using deployment = await startDeployment()
  const ana = await atHome(deployment, invite)
  const { page } = ana
  // A cache that some older Maru left behind.
  await page.evaluate(() => caches.open('older').then((cache) => cache.put('/x', new Response('x'))))
  deployment.rollOut()
  await lookForUpdate(page)
  await expect(page.getByText(READY)).toBeVisible()
  await expectNoViolations(page)
  expect((await fetch(deployment.origin + deployment.assets.old[0])).status).toBe(404)

  // Its own chunks are there although the server has them no more; by the router, then by a new page.
  await page.getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
  await expect(page.getByText(READY)).toBeVisible()
  expect(await isNextBuild(page)).toBe(false)

  await page.getByRole('button', { name: 'Reload now' }).click()
  await expect.poll(() => isNextBuild(page).catch(() => false)).toBe(true)
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
  await expect(page.getByText(READY)).toBeHidden()
  expect(await keptPaths(page)).toEqual(shellOf(deployment.assets.next))
})

test('a new version is never offered in a call, nor in another tab while one goes on', async ({ invite }) => {
  await using deployment = await startDeployment()
  const ana = await atHome(deployment, invite)
  const { page } = ana
  const other = await page.context().newPage()
  ana.watch(other)
  await other.goto(deployment.origin)
  await expect(other.getByRole('heading', { name: 'Hello, Ana' })).toBeVisible()
  await ana.createRoom('Undisturbed')
  await ana.join()
  deployment.rollOut()
  await lookForUpdate(page)
  await lookForUpdate(other)
  // Long enough for an offer that isn't held back to have come.
  await page.waitForTimeout(1_000)
  await expect(page.getByText(READY)).toBeHidden()
  await expect(other.getByText(READY)).toBeHidden()
  await ana.expectInCall()

  await ana.leave()
  await expect(page.getByText(READY)).toBeVisible()
  await expect(other.getByText(READY)).toBeVisible()
  // Whoever goes back in isn't interrupted by a tab where the offer stood already.
  await page.getByRole('button', { name: 'Rejoin' }).click()
  await ana.join()
  await expect(page.getByText(READY)).toBeHidden()
  await other.getByRole('button', { name: 'Reload now' }).click()
  await expect(other.getByText('A room is open in another tab.')).toBeVisible()
  expect(await isNextBuild(page)).toBe(false)
  await ana.expectInCall()
  await ana.leave()
  await other.getByRole('button', { name: 'Reload now' }).click()
  await expect.poll(() => isNextBuild(other).catch(() => false)).toBe(true)
  // This tab was told nothing and asked nothing: it shows the old version until its person reloads.
  await expect(page.getByText(READY)).toBeVisible()
  await page.getByRole('button', { name: 'Reload now' }).click()
  await expect.poll(() => isNextBuild(page).catch(() => false)).toBe(true)
})

for (const [how, serviceWorkers] of [
  ['without a service worker', 'block'],
  ['with a precache that has lost it', 'allow'],
] as const)
  test(`a chunk that the server has replaced: the way on is a reload (${how})`, async ({ invite }) => {
    await using deployment = await startDeployment()
    const ana = await invite(CAST.ana, { context: { serviceWorkers } })
    const { page } = ana
    await ana.open(deployment.origin)
    await ana.register()
    if (serviceWorkers === 'allow') {
      await workerIsReady(page)
      await page.evaluate(async () => {
        const cache = await caches.open((await caches.keys())[0]!)
        const lost = (await cache.keys()).find(({ url }) => url.includes('settings-page'))
        await cache.delete(lost!)
      })
      const devtools = await page.context().newCDPSession(page)
      await devtools.send('Network.clearBrowserCache')
    }
    deployment.rollOut()
    await page.getByRole('link', { name: 'Settings' }).click()
    await expect(page.getByRole('heading', { name: 'This page couldn’t be loaded' })).toBeVisible()
    ana.problems.length = 0
    await page.getByRole('button', { name: 'Reload', exact: true }).click()
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
    expect(await isNextBuild(page)).toBe(true)
  })

for (const language of ['en', 'ko'] as const)
  test(`after the first call Maru offers to be installed, until it is told not to (${language})`, async ({
    server,
    invite,
  }) => {
    const text = {
      en: { title: 'Keep Maru at hand', install: 'Install', dismiss: 'Don’t show this again' },
      ko: { title: '마루를 가까이 두세요', install: '설치하기', dismiss: '다시 보지 않기' },
    }[language]
    const ana = await invite(CAST.ana, { language })
    const { page } = ana
    await ana.open(server.origin)
    await ana.register()
    await ana.createRoom('Install')
    await ana.join()
    const hint = page.getByRole('region', { name: text.title })
    // Chromium makes this event out of days of use; what it brings along is the browser's own question.
    const makePrompt = () =>
      page.evaluate(() => {
        const prompt = () => {
          document.title = 'asked'
          return Promise.resolve({ outcome: 'dismissed' })
        }
        const event = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt })
        window.dispatchEvent(event)
        return event.defaultPrevented
      })
    expect(await makePrompt()).toBe(true)
    await expect(hint).toBeHidden()
    await ana.leave()
    await expect(hint).toBeVisible()
    await expectNoViolations(page)
    await hint.getByRole('button', { name: text.install, exact: true }).click()
    await expect(page).toHaveTitle('asked')
    await expect(hint).toBeHidden()
    await makePrompt()
    await hint.getByRole('button', { name: text.dismiss }).click()
    await expect(hint).toBeHidden()
    await expect(page.getByRole('heading', { name: ana.words.youLeft })).toBeFocused()

    await page.getByRole('button', { name: ana.words.rejoin }).click()
    await ana.join()
    await makePrompt()
    await ana.leave()
    await expect(hint).toBeHidden()
  })

test('on iOS the hint says how it is done by hand, and an installed Maru has none', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana)
  const { page } = ana
  // Only iOS has this property.
  const openAs = (standalone: boolean) =>
    page.addInitScript((value) => Object.defineProperty(navigator, 'standalone', { value }), standalone)
  await openAs(false)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('iOS')
  await ana.join()
  await ana.leave()
  await expect(page.getByText('Choose “Add to Home Screen”.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Install', exact: true })).toBeHidden()

  const home = await page.context().newPage()
  await home.addInitScript(() => Object.defineProperty(navigator, 'standalone', { value: true }))
  await home.goto(link)
  await home.getByRole('button', { name: 'Join', exact: true }).click()
  await home.getByRole('button', { name: 'Leave', exact: true }).click()
  await expect(home.getByRole('heading', { name: 'You have left' })).toBeVisible()
  await expect(home.getByText('Choose “Add to Home Screen”.')).toBeHidden()
})

/** In a local network: a phone opens what the laptop's terminal shows, trusts it, and both see and hear each other. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { fromPem, makeAuthority, makeServerIdentity, toPem } from '../apps/server/src/lan/x509.ts'
import { CAST } from './support/cast.ts'
import { fetchAuthority, openNeighbour, startLanServer, trustingHome } from './support/lan.ts'
import { expect, test } from './support/test.ts'
import { VIEWPORTS } from './support/walk.ts'

const isSecure = () => isSecureContext && 'mediaDevices' in navigator

test('a phone opens the address in the terminal and appears on the laptop', async ({ invite }) => {
  test.setTimeout(240_000)
  await using neighbour = await openNeighbour()
  await using server = await startLanServer()
  const printed = `https://${neighbour.address}:${server.port}`
  const own = `https://localhost:${server.port}`
  expect(server.output()).toContain(printed)

  const authority = await fetchAuthority(server.port)
  expect(authority.fingerprint256).toBe(server.fingerprint)
  await using trusting = await trustingHome(authority)
  const env = { HOME: trusting.home }

  await test.step('without trust, the browser warns', async () => {
    await using nobody = await trustingHome(makeAuthority('another computer', new Date()).certificate)
    const stranger = await invite(CAST.chen, { env: { HOME: nobody.home } })
    await expect(stranger.page.goto(own)).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/)
  })

  const laptop = await invite(CAST.ana, { env })
  await laptop.open(own)
  await laptop.register()
  await laptop.createRoom('Living room')
  await laptop.join()

  const phone = await invite(CAST.bora, { env, executable: neighbour.executable })
  await test.step(`the phone${neighbour.isElsewhere ? ', on a network of its own,' : ''} has no warning`, async () => {
    // Typed without https, as people do.
    const response = await phone.page.goto(printed.replace('https', 'http'))
    expect(phone.page.url()).toBe(`${printed}/`)
    expect((await response!.securityDetails())?.issuer).toMatch(/^Maru on /)
    for (const { page } of [laptop, phone]) expect(await page.evaluate(isSecure)).toBe(true)
    // What makes it an app; it isn't given to pages whose certificate was waved through.
    await phone.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  })
  await phone.register()
  await phone.page.getByRole('link', { name: phone.words.joinRoom('Living room') }).click()
  await phone.join()
  await laptop.expectToMeet(phone)
  await phone.expectToMeet(laptop)

  // Without a network of its own there is none that could change.
  if (!neighbour.isElsewhere) return
  await test.step('another address: the terminal tells of it, and the phone has no warning there', async () => {
    const address = await neighbour.addAddress()
    const next = `https://${address}:${server.port}`
    await expect.poll(() => server.output(), { timeout: 15_000 }).toContain(next)
    await phone.open(next)
    expect(await phone.page.evaluate(isSecure)).toBe(true)
    // Those who are in a call don't notice.
    await expect(laptop.page.locator('[data-self]').first()).toBeVisible()
  })
})

test('what a trusting browser takes from the authority, and what not', async ({ invite }) => {
  test.setTimeout(120_000)
  await using server = await startLanServer()
  const authority = await fetchAuthority(server.port)
  await using trusting = await trustingHome(authority)
  const kept = fromPem(await readFile(join(server.folder, 'authority.pem'), 'utf8'))
  expect(kept.certificate.raw).toEqual(authority.raw)
  const { page } = await invite(CAST.ana, {
    env: { HOME: trusting.home },
    args: ['--host-resolver-rules=MAP *.example.org 127.0.0.1, MAP *.local 127.0.0.1'],
  })

  /** Somebody who has got hold of the key, and poses as `host`. */
  const visitImpostor = async (host: string): Promise<string> => {
    const identity = makeServerIdentity(kept, { hosts: [host], addresses: [] }, new Date())
    const cert = identity.certificate.toString() + kept.certificate.toString()
    const impostor = createServer({ key: toPem(identity), cert }, (_, response) => response.end('hello'))
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve))
    const { port } = impostor.address() as { port: number }
    try {
      return await page.goto(`https://${host}:${port}`).then(
        (response) => response!.text(),
        (error: Error) => /ERR_\w+/.exec(error.message)![0],
      )
    } finally {
      impostor.closeAllConnections()
      impostor.close()
    }
  }
  expect(await visitImpostor('other.local')).toBe('hello')
  expect(await visitImpostor('bank.example.org')).toMatch(/^ERR_CERT_/)
})

const TEXT = {
  en: {
    title: 'Trust this server',
    none: 'There is nothing to trust here',
    offline: 'No connection to the server',
    download: 'Download the certificate',
    again: 'Try again',
    home: 'Go to the main page',
  },
  ko: {
    title: '이 서버 신뢰하기',
    none: '신뢰할 것이 없어요',
    offline: '서버에 연결되지 않았어요',
    download: '인증서 내려받기',
    again: '다시 시도',
    home: '첫 화면으로 가기',
  },
} as const

test('/trust offers the certificate that the terminal tells of, and axe finds nothing', async ({
  invite,
}) => {
  test.setTimeout(120_000)
  await using server = await startLanServer()
  const origin = `https://localhost:${server.port}`
  await using trusting = await trustingHome(await fetchAuthority(server.port))
  for (const language of ['en', 'ko'] as const) {
    const text = TEXT[language]
    const { page } = await invite(CAST.ana, { language, env: { HOME: trusting.home } })
    await page.goto(`${origin}/trust`)
    await expect(page.getByRole('heading', { level: 1, name: text.title })).toBeVisible()
    const shown = await page.locator('[data-fingerprint]').allInnerTexts()
    expect(shown.join('').replace(/[^\dA-F]/g, '')).toBe(server.fingerprint.replaceAll(':', ''))
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: text.download }).click(),
    ])
    expect(download.suggestedFilename()).toBe('maru-ca.crt')
    expect(page.url()).toBe(`${origin}/trust`)
    for (const colorScheme of ['light', 'dark'] as const)
      for (const viewport of Object.values(VIEWPORTS)) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        await page.setViewportSize(viewport)
        const { violations, passes } = await new AxeBuilder({ page }).analyze()
        expect(violations.map(({ id, help }) => `${id}: ${help}`)).toEqual([])
        expect(passes.length).toBeGreaterThan(10)
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      }
    await page.getByRole('link', { name: text.home, exact: true }).click()
    await expect(page).toHaveURL(`${origin}/`)
  }
})

for (const language of ['en', 'ko'] as const)
  test(`a server that isn't for the local network offers nothing to trust (${language})`, async ({
    server,
    invite,
  }) => {
    const text = TEXT[language]
    const { page } = await invite(CAST.ana, { language })
    await page.goto(`${server.origin}/trust`)
    await expect(page.getByRole('heading', { name: text.none })).toBeVisible()
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    await expect(page.getByRole('link', { name: text.download })).toHaveCount(0)
    await page.getByRole('link', { name: text.home, exact: true }).click()
    await expect(page).toHaveURL(`${server.origin}/`)
    await expect(page.locator('a[href*="trust"]')).toHaveCount(0)
    await page.goto(`${server.origin}/trust`)
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await server.kill()
    await page.reload()
    await expect(page.getByRole('heading', { name: text.offline })).toBeVisible()
    await expect(page.getByRole('button', { name: text.again })).toBeEnabled()
  })

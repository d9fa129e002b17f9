/** `npm run demo`: somebody stops both servers under their own call, one after the other, and reads what that did. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import type { DemoState } from '../apps/pwa/src/demo/demo-state.ts'
import { freePort } from '../apps/server/src/backend/start-redis.ts'
import { CAST } from './support/cast.ts'
import { type Demo, startDemo, stillRunning } from './support/demo.ts'
import type { Person } from './support/person.ts'
import { framesOf } from './support/senses.ts'
import { expect, test } from './support/test.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const barOf = (page: Page) => page.getByRole('region', { name: 'Demo' })
const figureOf = (page: Page, name: string) =>
  barOf(page).locator('dl > div', { hasText: name }).getByRole('definition')
const numberIn = async (page: Page, name: string): Promise<number> =>
  Number(/[\d.]+/.exec(await figureOf(page, name).innerText())?.[0] ?? Number.NaN)

/** What the demo says of itself just now. */
async function stateOf({ port }: Demo): Promise<DemoState> {
  const response = await fetch(`http://localhost:${port}/demo/events`)
  const reader = response.body!.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return JSON.parse(new TextDecoder().decode(value).replace(/^data: /, '')) as DemoState
}

/** A request with any headers, which no browser would send. */
function ask(demo: Demo, headers: Record<string, string>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: demo.port, path: '/demo/stop', method: 'POST', headers }
    const asking = request(options, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

async function expectGuests(visitor: Person): Promise<void> {
  await expect(visitor.others).toHaveCount(2)
  for (const name of ['Ada (guest)', 'Yuna (guest)']) {
    const tile = visitor.page.getByRole('group', { name, exact: true })
    const peerId = await tile.getAttribute('data-peer-id')
    const frames = () => framesOf(visitor.page, `[data-peer-id="${peerId}"]`)
    const before = await frames()
    await expect.poll(frames, { message: `decoded frames of ${name}` }).toBeGreaterThan(before + 10)
  }
}

/** Presses the button, and sees the call go on. */
async function stopServer(visitor: Person, demo: Demo): Promise<string> {
  const { page } = visitor
  const instance = await visitor.instance()
  const { servers } = await stateOf(demo)
  const server = servers.find((one) => one.instance === instance)!
  const other = servers.find((one) => one.instance !== instance)!
  await expect(barOf(page).getByText(`On server ${server.name}`, { exact: true })).toBeVisible()
  const button = barOf(page).getByRole('button', { name: 'Stop this server' })
  await expect(button).toHaveAttribute('aria-disabled', 'false', { timeout: 20_000 })
  const said = (await stateOf(demo)).guests
  await button.click()

  await expect(barOf(page).getByText(`On server ${other.name}`, { exact: true })).toBeVisible()
  await expect(barOf(page).getByText(`Server ${server.name} is stopped`)).toBeVisible()
  expect(await visitor.instance()).toBe(other.instance)
  await expect(figureOf(page, 'Back on a server after')).toHaveText(/\d\.\d s/)
  await test.step('the guests talk across it, and all of it comes', async () => {
    for (const guest of said)
      await expect
        .poll(async () => (await stateOf(demo)).guests.find(({ peerId }) => peerId === guest.peerId)!.said)
        .toBeGreaterThanOrEqual(guest.said + 6)
    await expect.poll(async () => (await visitor.chat.getByText(/^Message \d+$/).count()) >= 12).toBe(true)
    expect(await numberIn(page, 'Messages lost')).toBe(0)
  })
  await test.step('it is back after a few seconds, as another process', async () => {
    await expect(barOf(page).getByText(`Server ${server.name} is ready`)).toBeVisible({ timeout: 20_000 })
    const again = (await stateOf(demo)).servers.find(({ name }) => name === server.name)!
    expect(again).toMatchObject({ state: 'up' })
    expect(again.instance).not.toBe(instance)
  })
  const gap = await numberIn(page, 'Longest gap since the stop')
  const back = await numberIn(page, 'Back on a server after')
  test.info().annotations.push({ type: 'measured', description: `gap ${gap} ms, back after ${back} s` })
  console.log(`    longest gap ${gap} ms, back after ${back} s`)
  expect(gap).toBeGreaterThan(0)
  expect(gap).toBeLessThan(1_000)
  return server.name
}

test('both servers are stopped under a call, one after the other, and it goes on', async ({ invite }) => {
  test.setTimeout(180_000)
  await using demo = await startDemo()
  await demo.ready
  const seen = new Set(demo.processes())
  const look = () => demo.processes().forEach((name) => seen.add(name))

  const visitor = await invite(CAST.bora)
  await visitor.open(demo.address)
  await visitor.register()
  await visitor.join()
  await visitor.openChat()
  await expectGuests(visitor)

  await test.step('nobody else can stop one', async () => {
    const instance = (await visitor.instance())!
    const host = `localhost:${demo.port}`
    const own = { host, origin: `http://${host}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ instance })
    expect(await ask(demo, { ...own, origin: 'https://evil.example' }, body)).toBe(403)
    expect(await ask(demo, { ...own, origin: 'null' }, body)).toBe(403)
    expect(await ask(demo, { ...own, origin: `http://localhost:${demo.port + 1}` }, body)).toBe(403)
    expect(await ask(demo, { host, 'content-type': 'application/json' }, body)).toBe(403)
    expect(await ask(demo, { host: 'evil.example', origin: 'http://evil.example' }, body)).toBe(403)
    expect(await ask(demo, own, '{"instance":"nobody"}')).toBe(404)
    expect(await ask(demo, own, '{')).toBe(400)
    expect(await ask(demo, own, ' '.repeat(10_000))).toBe(400)
    expect((await stateOf(demo)).servers.map(({ state }) => state)).toEqual(['up', 'up'])
  })

  const first = await stopServer(visitor, demo)
  look()
  expect(await stopServer(visitor, demo)).not.toBe(first)
  look()
  await expectGuests(visitor)

  await test.step('Ctrl-C leaves nothing behind', async () => {
    expect([...seen].filter((name) => name.includes('redis')).length).toBeGreaterThan(0)
    expect([...seen].filter((name) => name.includes('chrom')).length).toBeGreaterThan(1)
    await demo.interrupt()
    await expect.poll(() => stillRunning(seen)).toEqual([])
    await expect(fetch(demo.address)).rejects.toThrow()
  })
})

test('Ctrl-C while it starts leaves nothing behind either', async () => {
  await using demo = await startDemo()
  // The first guest's browser is on its way.
  await expect.poll(demo.output, { timeout: 60_000 }).toContain('Ada (guest)')
  await expect.poll(() => demo.processes().some((name) => name.includes('chrom'))).toBe(true)
  const seen = new Set(demo.processes())
  await demo.interrupt()
  demo.processes().forEach((name) => seen.add(name))
  await expect.poll(() => stillRunning(seen)).toEqual([])
})

test('a real server has neither the bar nor its addresses', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  const asked: string[] = []
  ana.page.on('request', (one) => void asked.push(new URL(one.url()).pathname))
  await ana.open(server.origin)
  await ana.register()
  await ana.createRoom('No demo')
  await ana.join()
  expect(asked.filter((path) => path.includes('demo'))).toEqual([])
  expect((await fetch(`${server.origin}/demo/events`)).status).toBe(404)
  expect((await fetch(`${server.origin}/demo/stop`, { method: 'POST' })).status).toBe(405)
})

test('what is missing or in the way is said in one line', async () => {
  const path = await mkdtemp(join(tmpdir(), 'maru-bare-'))
  const holder = createServer().listen(0, '127.0.0.1')
  try {
    await once(holder, 'listening')
    const { port: taken } = holder.address() as AddressInfo
    const run = (env: Record<string, string>, ...args: string[]) =>
      spawnSync(process.execPath, ['scripts/demo.mjs', ...args], {
        cwd: root,
        env: { ...env, PORT: env['PORT'] ?? String(free) },
        encoding: 'utf8',
        timeout: 30_000,
      }).stderr
    const free = await freePort()
    const PATH = path
    await symlink('/bin/sh', join(path, 'sh'))
    expect(run({ PATH }, '--fast')).toContain('npm run demo -- --no-open')
    expect(run({ PATH, PORT: 'many' })).toContain('PORT must be a number')
    expect(run({ PATH, PORT: String(taken) })).toContain(`PORT=${taken + 1} npm run demo`)
    expect(run({ PATH })).toContain('sudo apt-get install -y redis-server')
    await symlink('/bin/true', join(path, 'redis-server'))
    expect(run({ PATH })).toContain('sudo apt-get install -y chromium')
    expect(run({ PATH, CHROMIUM: join(path, 'none') })).toContain('there is no such file')
  } finally {
    holder.close()
    await rm(path, { recursive: true, force: true })
  }
})

/** It connects: the NATs and firewalls that people sit behind, made of network namespaces. */
import { type Couple, expect, gather, test } from './support/test.ts'
import {
  credentialsEndOf,
  decodedFramesOf,
  describePath,
  type Path,
  pathOf,
  remoteCandidatesOf,
  timeBack,
  timeToMedia,
} from './support/measure.ts'

/** Where there is a way, media is there within two seconds; where it isn't by then, there is none. */
const NO_WAY_MS = 8_000

const DIRECT = /^[sp]rflx–[sp]rflx$/

const say = (line: string): void => void process.stdout.write(`     ${test.info().title}: ${line}\n`)

/** Bora joins, they meet, and the way between them becomes this one. */
async function expectToMeet([ana, bora]: Couple['people'], way: RegExp): Promise<void> {
  const since = performance.now()
  await bora.page.getByRole('button', { name: bora.words.join, exact: true }).click()
  const time = await timeToMedia([ana.page, bora.page], since)
  await ana.expectToMeet(bora)
  await bora.expectToMeet(ana)
  const paths = await expectWay([ana, bora], way)
  say(`${paths.map(describePath).join(' and ')}, media after ${time} ms`)
}

async function expectWay(people: Couple['people'], way: RegExp): Promise<(Path | undefined)[]> {
  // What is found first isn't always what is best, and the browser moves over.
  for (const { page, role } of people)
    await expect
      .poll(async () => describePath(await pathOf(page)), { message: `${role.name}'s way` })
      .toMatch(way)
  return Promise.all(people.map(({ page }) => pathOf(page)))
}

test('open: straight from address to address', async ({ internet, couple }) => {
  const { people } = await couple([{ nat: 'open' }, { nat: 'open' }])
  await gather(people, internet.origin)
  await expectToMeet(people, /^(host|prflx)–(host|prflx)$/)
})

test('open, with addresses hidden: whoever shows no camera has none to tell, and is met all the same', async ({
  internet,
  couple,
}) => {
  const { people } = await couple([{ nat: 'open' }, { nat: 'open' }], [{}, { devices: 'denied' }])
  const [ana, bora] = people
  await gather(people, internet.origin)
  const since = performance.now()
  await bora.join()
  const time = await timeToMedia([bora.page], since)
  await bora.expectToMeet(ana)
  // Names that only a resolver in Bora's own network would know.
  const named = await bora.page.evaluate(() =>
    globalThis.testConnections.some(({ localDescription }) => /\.local /.test(localDescription?.sdp ?? '')),
  )
  expect(named).toBe(true)
  const paths = await expectWay(people, /^(host|[sp]rflx)–(host|[sp]rflx)$/)
  say(`${paths.map(describePath).join(' and ')}, media after ${time} ms`)
})

test('port-restricted cones on both sides: directly, by STUN', async ({ internet, couple }) => {
  const { houses, people } = await couple([{ nat: 'cone' }, { nat: 'cone' }])
  for (const house of houses) expect(new Set(house.mappings()).size, 'one mapping for everybody').toBe(1)
  await gather(people, internet.origin)
  await expectToMeet(people, DIRECT)
})

test('symmetric NATs on both sides: no way without TURN, and over the relay with it', async ({
  internet,
  couple,
}) => {
  const { houses, people } = await couple([{ nat: 'symmetric' }, { nat: 'symmetric' }])
  for (const house of houses) {
    const mappings = house.mappings()
    expect(new Set(mappings).size, 'another mapping for each').toBe(2)
    say(`one socket is ${mappings.join(' and ')}`)
  }

  await gather(people, internet.originWithoutTurn)
  await people[1].join()
  await people[0].page.waitForTimeout(NO_WAY_MS)
  for (const { page } of people) {
    expect(await remoteCandidatesOf(page), 'the other side was heard of').toContain('srflx')
    expect(await decodedFramesOf(page)).toBe(0)
    expect(await pathOf(page)).toBeUndefined()
  }
  say(`without TURN no candidate pair after ${NO_WAY_MS} ms`)

  await gather(people, internet.origin)
  await expectToMeet(people, /relay/)
})

test('UDP blocked: TURN over TCP', async ({ internet, couple }) => {
  const { people } = await couple([
    { nat: 'cone', firewall: 'no-udp' },
    { nat: 'cone', firewall: 'no-udp' },
  ])
  await gather(people, internet.origin)
  await expectToMeet(people, /^relay \(tcp\)–relay$/)
})

test('only TCP 443 open: TURN over TLS', async ({ internet, couple }) => {
  const { people } = await couple([
    { nat: 'cone', firewall: 'https-only' },
    { nat: 'cone', firewall: 'https-only' },
  ])
  await gather(people, internet.origin)
  await expectToMeet(people, /^relay \(tls\)–relay$/)
})

test('another network in mid-call, and the browser is told', async ({ internet, couple }) => {
  const { houses, people } = await couple([{ nat: 'cone' }, { nat: 'cone' }])
  const [ana, bora] = people
  await gather(people, internet.origin)
  await expectToMeet(people, DIRECT)
  const { back, told } = await timeBack([bora.page, ana.page], () => houses[1].changeNetwork({ nat: 'cone' }))
  say(`media back after ${back} ms, ${(await expectWay(people, DIRECT)).map(describePath).join(' and ')}`)
  expect(told).toBe(true)
  expect(back).toBeLessThan(5_000)
})

test('another network in mid-call, and it lets no UDP through', async ({ internet, couple }) => {
  const { houses, people } = await couple([{ nat: 'cone' }, { nat: 'cone' }])
  const [ana, bora] = people
  await gather(people, internet.origin)
  await expectToMeet(people, DIRECT)
  const { back } = await timeBack([bora.page, ana.page], () =>
    houses[1].changeNetwork({ nat: 'cone', firewall: 'no-udp' }),
  )
  say(`media back after ${back} ms, ${describePath(await pathOf(bora.page))}`)
  expect(describePath(await pathOf(bora.page))).toMatch(/^relay \(tcp\)/)
  expect(back).toBeLessThan(8_000)
})

test('another address in mid-call, and nobody is told', async ({ internet, couple }) => {
  const { houses, people } = await couple([{ nat: 'cone' }, { nat: 'cone' }])
  const [ana, bora] = people
  await gather(people, internet.origin)
  await expectToMeet(people, DIRECT)
  const credentialsEnd = await credentialsEndOf(bora.page)
  const { back, told } = await timeBack([bora.page, ana.page], async () => houses[1].changeAddress())
  say(`media back after ${back} ms, ${(await expectWay(people, DIRECT)).map(describePath).join(' and ')}`)
  expect(told).toBe(false)
  expect(back).toBeLessThan(8_000)
  expect(await credentialsEndOf(bora.page), 'mended with fresh credentials').toBeGreaterThan(credentialsEnd)
})

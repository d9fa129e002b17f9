/** Calls over the relay only, because the server or the person wants it: what leaves a browser tells no address of it (P53). */
import type { Page } from '@playwright/test'
import { CAST } from './support/cast.ts'
import { startCoturn } from './support/coturn.ts'
import type { Person } from './support/person.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'
import { tapWire } from './support/wire.ts'

/** All candidates that a page says to the server from now on. */
async function overhear(page: Page): Promise<{ candidates: string[]; defaults: string[] }> {
  const heard = { candidates: [] as string[], defaults: [] as string[] }
  const wire = await tapWire(page)
  wire.toServer = (frame) => {
    // JSON leaves nothing of a candidate to be escaped but the line's end.
    for (const [candidate] of frame.matchAll(/candidate:\S+ \d+ \w+ [^"\\]*/g))
      heard.candidates.push(candidate)
    for (const [line] of frame.matchAll(/(?:c=|a=rtcp:\d+ )IN [^"\\]*/g)) heard.defaults.push(line)
    return frame
  }
  return heard
}

const typesOf = (candidates: string[]): string[] => [
  ...new Set(candidates.map((candidate) => / typ (\w+)/.exec(candidate)?.[1] ?? candidate)),
]

function expectHidden({ candidates, defaults }: { candidates: string[]; defaults: string[] }): void {
  expect(typesOf(candidates)).toEqual(['relay'])
  for (const candidate of candidates) expect(candidate).not.toMatch(/ raddr (?!0\.0\.0\.0)/)
  expect(defaults.length).toBeGreaterThan(0)
  for (const line of defaults) expect(line).toContain('0.0.0.0')
}

/** The local end of what the page's connections use. */
const usedBy = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const types: string[] = []
    for (const pc of globalThis.testConnections) {
      if (pc.connectionState !== 'connected') continue
      const stats = await pc.getStats()
      for (const one of stats.values()) {
        if (one.type !== 'transport' || !one.selectedCandidatePairId) continue
        const pair = stats.get(one.selectedCandidatePairId) as RTCIceCandidatePairStats
        types.push((stats.get(pair.localCandidateId) as { candidateType: string }).candidateType)
      }
    }
    return types
  })

const switchOf = (person: Person) => person.page.getByRole('checkbox', { name: 'Hide my address' })

test('P53 ICE_POLICY=relay: pictures and sound both ways, and nothing but relayed candidates', async ({
  invite,
}) => {
  await using coturn = await startCoturn()
  await using server = await startReplica({ env: { ...coturn.env, ICE_POLICY: 'relay' } })
  const ana = await invite(CAST.ana)
  const bora = await invite(CAST.bora)
  const heard = [await overhear(ana.page), await overhear(bora.page)]
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('All over the relay')
  await ana.expectOwnPicture()
  // There is nothing to choose.
  await expect(switchOf(ana)).toHaveCount(0)
  await ana.join()
  await bora.open(link)
  await bora.register()
  await bora.join()
  await ana.expectToMeet(bora)
  await bora.expectToMeet(ana)
  for (const one of heard) expectHidden(one)
  for (const person of [ana, bora]) expect(await usedBy(person.page)).toEqual(['relay'])
  await ana.leave()
  await ana.open(`${server.origin}/settings`)
  await expect(ana.page.getByText('On this server calls always go over the server')).toBeVisible()
  await expect(switchOf(ana)).toHaveCount(0)
})

test(
  'P53 hidden by one’s own choice at the door, kept over a reload; the others go as they do',
  { tag: '@rest' },
  async ({ invite }) => {
    await using coturn = await startCoturn()
    await using server = await startReplica({ env: coturn.env })
    const bora = await invite(CAST.bora)
    const plain = await overhear(bora.page)
    await bora.open(server.origin)
    await bora.register()
    const link = await bora.createRoom('In the list')
    await bora.join()

    const ana = await invite(CAST.ana)
    const heard = await overhear(ana.page)
    await ana.open(link)
    await ana.register()
    await expect(ana.page.getByText('Anyone can come into a room from the list')).toBeVisible()
    await switchOf(ana).check()
    await ana.join()
    await ana.expectToMeet(bora)
    await bora.expectToMeet(ana)
    expectHidden(heard)
    expect(await usedBy(ana.page)).toEqual(['relay'])
    // What was asserted of one can fail: the other doesn't hide.
    expect(typesOf(plain.candidates)).toContain('host')

    await ana.page.reload()
    await ana.expectInCall()
    await bora.expectToSee(ana)
    await ana.expectToSee(bora)
    expectHidden(heard)
    expect(await usedBy(ana.page)).toEqual(['relay'])

    await ana.leave()
    await ana.open(`${server.origin}/settings`)
    await expect(switchOf(ana)).toBeChecked()
    await switchOf(ana).uncheck()
    // Rooms that only people with the link can find don't ask.
    await ana.open(server.origin)
    await ana.createRoom('Not in the list', { listed: false })
    await ana.expectOwnPicture()
    await expect(ana.page.getByRole('button', { name: 'Join', exact: true })).toBeEnabled()
    await expect(switchOf(ana)).toHaveCount(0)
  },
)

test(
  'P53 without a relay there is nothing to choose, and a choice that can’t be kept is said so',
  { tag: '@rest' },
  async ({ server, invite }) => {
    const ana = await invite(CAST.ana)
    const { page } = ana
    await ana.open(server.origin)
    await ana.register()
    await ana.open(`${server.origin}/settings`)
    await page.getByRole('link', { name: 'Check the connection' }).waitFor()
    await expect(switchOf(ana)).toHaveCount(0)
    await ana.open(server.origin)
    await ana.createRoom('No relay')
    await expect(page.getByRole('button', { name: 'Join', exact: true })).toBeEnabled()
    await expect(switchOf(ana)).toHaveCount(0)
    await page.evaluate(() => localStorage.setItem('maru.hideAddress', 'on'))
    await page.reload()
    await expect(page.getByText('Your address can’t be hidden here')).toBeVisible()
    await page.getByRole('button', { name: 'Don’t hide it' }).click()
    await expect(page.getByText('Your address can’t be hidden here')).toBeHidden()
    expect(await page.evaluate(() => localStorage.getItem('maru.hideAddress'))).toBeNull()
  },
)

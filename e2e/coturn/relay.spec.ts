/** A call whose media has no other way than the bundled coturn, and credentials that end while it goes on. */
import type { Page } from '@playwright/test'
import { CAST } from '../support/cast.ts'
import { startReplica } from '../support/server.ts'
import { expect, test } from '../support/test.ts'
import { startCoturn } from './coturn.ts'

/** Seconds that credentials are good for. Browsers ask again after 30, which is their shortest. */
const LIFETIME = 40

/** Runs in the page before its own scripts do: as if nothing but the relay got through. */
function onlyByRelay(): void {
  const Native = globalThis.RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy: 'relay' })
    }
    override setConfiguration(configuration?: RTCConfiguration): void {
      super.setConfiguration({ ...configuration, iceTransportPolicy: 'relay' })
    }
  }
}

interface Path {
  types: (string | undefined)[]
  /** Of this side's relay: another one after each time that ICE looked for a path anew. */
  port: number | undefined
  /** Seconds since the epoch at which the credentials end that a new path would be asked for with. */
  ends: number
}

const pathOf = (page: Page): Promise<Path | undefined> =>
  page.evaluate(async () => {
    const connection = globalThis.testConnections.findLast((one) => one.connectionState === 'connected')
    if (!connection) return undefined
    const stats = await connection.getStats()
    const all = [...stats.values()]
    const { selectedCandidatePairId } = all.find(({ type }) => type === 'transport') ?? {}
    const pair = stats.get(selectedCandidatePairId)
    const [local, remote] = [stats.get(pair?.localCandidateId), stats.get(pair?.remoteCandidateId)]
    const username = connection.getConfiguration().iceServers?.find((server) => server.username)?.username
    return {
      types: [local?.candidateType, remote?.candidateType],
      port: local?.port,
      ends: Number.parseInt(username ?? '', 10),
    }
  })

test('credentials are renewed on a running call, and before a new path is looked for, without a blip', async ({
  invite,
}) => {
  await using coturn = await startCoturn()
  await using server = await startReplica({
    env: {
      TURN_SECRET: coturn.secret,
      TURN_URLS: `turn:${coturn.address}:3478?transport=udp`,
      TURN_TTL: String(LIFETIME),
    },
  })
  const [ann, bo] = [await invite(CAST.ana), await invite(CAST.bora)]
  for (const { page } of [ann, bo]) await page.addInitScript(onlyByRelay)
  await ann.open(server.origin)
  await ann.register()
  const link = await ann.createRoom('By relay', { listed: false })
  await ann.join()
  await bo.open(link)
  await bo.register()
  await bo.join()
  await ann.expectToSee(bo)
  await bo.expectToSee(ann)
  const first = await pathOf(ann.page)
  expect(first?.types).toEqual(['relay', 'relay'])

  /** Frames go on while this waits. Answers with the longest time that none came, in milliseconds. */
  const watchUntil = async (isOver: () => Promise<boolean>, most: number): Promise<number> => {
    let [frames, changedAt, longest] = [await ann.framesFrom(bo), Date.now(), 0]
    const deadline = Date.now() + most
    while (!(await isOver())) {
      expect(Date.now(), 'it happens in time').toBeLessThan(deadline)
      const now = await ann.framesFrom(bo)
      if (now > frames) [frames, changedAt] = [now, Date.now()]
      longest = Math.max(longest, Date.now() - changedAt)
      await ann.page.waitForTimeout(150)
    }
    return longest
  }
  // The seconds before and after, and nothing else: a busy machine stumbles by itself now and then.
  await expect
    .poll(() => Date.now() / 1_000, { timeout: 60_000 })
    .toBeGreaterThan(first!.ends - LIFETIME / 4 - 2)
  let renewedAt = Infinity
  const blip = await watchUntil(async () => {
    if (renewedAt === Infinity && (await pathOf(ann.page))!.ends > first!.ends) renewedAt = Date.now()
    return Date.now() > renewedAt + 2_000
  }, 30_000)
  expect(blip, 'longest time without a frame while credentials were renewed').toBeLessThan(2_000)
  // Past the end of the first ones: the relay that was made with them is still good, for it is known already.
  await expect.poll(() => Date.now() / 1_000, { timeout: 30_000 }).toBeGreaterThan(first!.ends + 2)
  await ann.expectToSee(bo)
  const renewed = await pathOf(ann.page)
  expect(renewed?.port, 'the relay is still the first one').toBe(first?.port)
  expect(renewed?.ends).toBeGreaterThan(first!.ends)

  // What the browser says when it is in another network.
  await ann.page.evaluate(() => globalThis.dispatchEvent(new Event('online')))
  const gap = await watchUntil(async () => {
    const path = await pathOf(ann.page)
    return path !== undefined && path.port !== first?.port && path.types.join() === 'relay,relay'
  }, 20_000)
  expect(gap, 'longest time without a frame while a new relay was taken').toBeLessThan(2_000)
  const restarted = await pathOf(ann.page)
  expect(restarted?.ends, 'credentials were asked for at that moment').toBeGreaterThan(renewed!.ends)
  await ann.expectToMeet(bo)
  await bo.expectToMeet(ann)
})

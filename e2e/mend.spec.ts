/** What becomes of a call when a computer sleeps, and when both ends mend their path at once. */
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { startReplica } from './support/server.ts'
import { expect, test } from './support/test.ts'
import { watchFrames } from './support/watch-frames.ts'

/** Every process of somebody's browser, by its own word. */
async function processesOf({ page }: Person): Promise<number[]> {
  const session = await page.context().browser()!.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.map(({ id }) => id)
}

/** A computer that sleeps: nothing of it runs, and nobody is told. Answers how to wake it. */
async function sleep(person: Person): Promise<() => void> {
  const pids = await processesOf(person)
  const tell = (signal: NodeJS.Signals) => () => {
    for (const pid of pids) {
      try {
        process.kill(pid, signal)
      } catch {
        // A helper of the browser's that has ended meanwhile.
      }
    }
  }
  tell('SIGSTOP')()
  return tell('SIGCONT')
}

async function inCall(
  origin: string,
  invite: (role: typeof CAST.ana) => Promise<Person>,
  { late = false } = {},
): Promise<[Person, Person]> {
  const [ana, bora] = [await invite(CAST.ana), await invite(CAST.bora)]
  await ana.open(origin)
  await ana.register()
  const link = await ana.createRoom('Siesta')
  await ana.join()
  await bora.open(link)
  await bora.register()
  const camera = (name: string) => bora.page.getByRole('button', { name, exact: true })
  if (late) await camera(bora.words.stopCamera).click()
  await bora.join()
  if (late) await camera(bora.words.startCamera).click()
  await ana.expectToMeet(bora)
  await bora.expectToMeet(ana)
  return [ana, bora]
}

const incarnations = ({ page }: Person): Promise<number> =>
  page.evaluate(() => globalThis.testConnections.length)

test('a computer sleeps for longer than its lease: the others go on, and it is back when it wakes', async ({
  invite,
}) => {
  const leaseMs = 6_000
  await using server = await startReplica({ env: { LEASE_MS: String(leaseMs) } })
  // What a presence that is made anew is said to show is what it showed when it came; this one has its camera on since.
  const [ana, bora] = await inCall(server.origin, invite, { late: true })
  await ana.openChat()
  const peer = await bora.peerId()
  const tile = await ana.tile(bora)
  const wake = await sleep(bora)
  try {
    await test.step('a while it is expected back, then it is gone', async () => {
      await expect(tile.getByText(ana.words.reconnecting).first()).toBeVisible({ timeout: 15_000 })
      await expect(ana.others).toHaveCount(0, { timeout: 30_000 })
    })
    await ana.say('while you slept')
  } finally {
    wake()
  }
  await test.step('it wakes', async () => {
    const woken = performance.now()
    await expect(ana.others).toHaveCount(1, { timeout: 15_000 })
    expect(await bora.peerId(), 'the same presence').toBe(peer)
    const before = [await ana.framesFrom(bora), await bora.framesFrom(ana)] as const
    await expect.poll(() => ana.framesFrom(bora), { timeout: 20_000 }).toBeGreaterThan(before[0])
    await expect.poll(() => bora.framesFrom(ana), { timeout: 20_000 }).toBeGreaterThan(before[1])
    expect(performance.now() - woken).toBeLessThan(8_000)
    console.log(`Awake: seen again both ways after ${((performance.now() - woken) / 1_000).toFixed(1)} s`)
    await bora.openChat()
    await expect(bora.chat.getByText('while you slept')).toHaveCount(1)
    await ana.expectToMeet(bora)
    await bora.expectToMeet(ana)
  })
})

test('both ends look for a new path at the same time, again and again: the media goes on over the same connection', async ({
  server,
  invite,
}) => {
  const [ana, bora] = await inCall(server.origin, invite)
  const before = await Promise.all([incarnations(ana), incarnations(bora)])
  const frames = watchFrames(ana, bora)
  for (let i = 0; i < 5; i++) {
    await Promise.all(
      [ana, bora].map(({ page }) => page.evaluate(() => window.dispatchEvent(new Event('online')))),
    )
    await ana.page.waitForTimeout(700)
  }
  await ana.page.waitForTimeout(3_000)
  for (const longest of await frames.stop()) expect(longest).toBeLessThan(2_000)
  expect(await Promise.all([incarnations(ana), incarnations(bora)])).toEqual(before)
  await ana.expectToMeet(bora)
  await bora.expectToMeet(ana)
  for (const { page } of [ana, bora])
    expect(
      await page.evaluate(() => globalThis.testConnections.at(-1)?.signalingState),
      'nothing is left half negotiated',
    ).toBe('stable')
})

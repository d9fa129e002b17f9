/** A teacher with eight students: nine browsers, each a process of its own, and what each of them has to send. */
import type { Role } from './support/cast.ts'
import type { Rgb } from './support/fake-media.ts'
import type { Person } from './support/person.ts'
import { expect, test } from './support/test.ts'

const COLOURS: Rgb[] = [
  [200, 40, 40],
  [40, 170, 60],
  [50, 70, 210],
  [200, 150, 30],
  [130, 40, 170],
  [30, 150, 160],
  [150, 150, 150],
  [220, 120, 160],
  [90, 60, 30],
]
const CLASS: Role[] = COLOURS.map((colour, i) => ({
  name: i === 0 ? 'Teacher' : `Student ${i}`,
  colour,
  tone: 500 + 137 * i,
}))
/** Bits a second that everyone's line has to carry upward; see `UPLINK` in caps.ts. What isn't picture comes on top. */
const UPLINK = 1_500_000

/** Bits a second that this page sends to all others together, over the next seconds. */
function uplinkOf({ page }: Person): Promise<number> {
  return page.evaluate(async () => {
    const sent = async (): Promise<number> => {
      let bytes = 0
      for (const connection of globalThis.testConnections) {
        if (connection.connectionState === 'closed') continue
        for (const stats of (await connection.getStats()).values())
          if (stats.type === 'transport') bytes += stats.bytesSent ?? 0
      }
      return bytes
    }
    const [from, before] = [performance.now(), await sent()]
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    const after = await sent()
    return ((after - before) * 8_000) / (performance.now() - from)
  })
}

/** What it would send if every connection could have what one has in a call of two. */
const lift = ({ page }: Person): Promise<void> =>
  page.evaluate(async () => {
    for (const connection of globalThis.testConnections) {
      const sender = connection.getTransceivers()[1]?.sender
      const parameters = sender?.getParameters()
      const encoding = parameters?.encodings[0]
      if (!sender || !parameters || !encoding) continue
      Object.assign(encoding, { maxBitrate: 1_500_000, maxFramerate: 30, scaleResolutionDownBy: 1 })
      await sender.setParameters(parameters)
    }
  })

const inMbit = (bits: number): string => `${(bits / 1_000_000).toFixed(2)} Mbit/s`

test('nine browsers in one room: each sees all others, and the uplink is shared among them', async ({
  server,
  invite,
}) => {
  test.setTimeout(400_000)
  const everyone: Person[] = []
  let link = ''
  for (const role of CLASS) {
    const person = await invite(role, { noise: true, context: { viewport: { width: 640, height: 480 } } })
    everyone.push(person)
    await person.open(link || server.origin)
    await person.register()
    if (!link) link = await person.createRoom('Lesson')
    // Students listen until they have something to say.
    else await person.page.getByRole('button', { name: person.words.mute, exact: true }).click()
  }
  for (const { page, words } of everyone) {
    await page.getByRole('button', { name: words.join, exact: true }).click()
    await expect(page.locator('[data-self]').first()).toBeVisible({ timeout: 60_000 })
  }

  for (const one of everyone) {
    await expect(one.others).toHaveCount(8, { timeout: 60_000 })
    for (const other of everyone) {
      if (one === other) continue
      await expect
        .poll(() => one.framesFrom(other), {
          message: `${one.role.name} decodes frames of ${other.role.name}`,
          timeout: 60_000,
        })
        .toBeGreaterThan(0)
      await expect(await one.tile(other)).toBeInViewport({ ratio: 0.99 })
    }
  }

  const uplinks = await Promise.all(everyone.map(uplinkOf))
  const [teacher] = everyone as [Person]
  await lift(teacher)
  await teacher.page.waitForTimeout(5_000)
  const lifted = await uplinkOf(teacher)
  const total = uplinks.reduce((sum, bits) => sum + bits, 0)
  console.log(`Uplink of nine together: ${inMbit(total)}`)
  for (const [i, bits] of uplinks.entries()) console.log(`  ${CLASS[i]!.name}: ${inMbit(bits)}`)
  console.log(`  ${CLASS[0]!.name} without a shared budget: ${inMbit(lifted)}`)
  for (const bits of uplinks) expect(bits).toBeLessThan(UPLINK * 1.35)
  expect(lifted).toBeGreaterThan(uplinks[0]! * 2)

  await test.step('when all but one have gone, the line is the other one’s alone', async () => {
    const [, student] = everyone as [Person, Person]
    for (const one of everyone.slice(2)) await one.close()
    await expect(teacher.others).toHaveCount(1, { timeout: 30_000 })
    const budget = (): Promise<number | undefined> =>
      student.page.evaluate(() => {
        const open = globalThis.testConnections.filter(({ connectionState }) => connectionState !== 'closed')
        return open[0]?.getTransceivers()[1]?.sender.getParameters().encodings[0]?.maxBitrate
      })
    await expect.poll(budget).toBe(UPLINK)
    const before = await student.framesFrom(teacher)
    await expect.poll(() => student.framesFrom(teacher)).toBeGreaterThan(before)
  })
})

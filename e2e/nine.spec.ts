/** A teacher with eight students: nine browsers, each a process of its own, in one mesh, and what each has to send. */
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
/** Nine browsers encode, decode and draw on as few cores as there are: small and slow films, still more than the cap lets through. */
const NOISE = { width: 160, height: 120, rate: 4, noise: true }
const PLAIN = { width: 160, height: 120, rate: 4 }
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

const click = ({ page }: Person, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

/** How many of this page's connections are up. */
const connected = ({ page }: Person): Promise<number> =>
  page.evaluate(
    () => globalThis.testConnections.filter(({ connectionState }) => connectionState === 'connected').length,
  )

/** What this page lets its cameras send to all others together, in bits a second. */
const allowed = ({ page }: Person): Promise<number> =>
  page.evaluate(() =>
    globalThis.testConnections
      .filter(({ connectionState }) => connectionState === 'connected')
      .map((connection) => connection.getTransceivers()[1]?.sender.getParameters().encodings[0]?.maxBitrate)
      .reduce<number>((sum, bits) => sum + (bits ?? Infinity), 0),
  )

// Nine browsers on two cores take four minutes: `npm run test:all` has them.
test(
  'a teacher and eight students: everyone sees whoever has the camera on, and no line carries more than its budget',
  { tag: '@rest' },
  async ({ server, invite }) => {
    test.setTimeout(400_000)
    const everyone: Person[] = []
    let link = ''
    for (const [i, role] of CLASS.entries()) {
      const person = await invite(role, {
        film: i === 0 ? NOISE : PLAIN,
        context: { viewport: { width: 640, height: 480 } },
      })
      everyone.push(person)
      await person.open(link || server.origin)
      await person.register()
      if (i === 0) link = await person.createRoom('Lesson')
      else {
        // Students watch and listen until it is their turn; a page that was told so once doesn't open the devices again.
        await click(person, person.words.mute)
        await click(person, person.words.stopCamera)
        await person.page.reload()
      }
      await click(person, person.words.join)
      await expect.poll(() => connected(person), { timeout: 60_000 }).toBe(i)
    }
    const [teacher, ...students] = everyone as [Person, ...Person[]]
    for (const one of everyone) await expect(one.others).toHaveCount(8)

    await test.step('all see the teacher, whose line carries eight pictures', async () => {
      for (const student of students)
        await expect.poll(() => student.framesFrom(teacher), { timeout: 60_000 }).toBeGreaterThan(0)
      const shared = await uplinkOf(teacher)
      const total = (await Promise.all(students.map(uplinkOf))).reduce((sum, bits) => sum + bits, shared)
      await lift(teacher)
      await teacher.page.waitForTimeout(5_000)
      const lifted = await uplinkOf(teacher)
      console.log(`Uplink of nine together, the teacher's camera on: ${inMbit(total)}`)
      console.log(`  the teacher's: ${inMbit(shared)}; without a shared budget: ${inMbit(lifted)}`)
      expect(shared).toBeLessThan(UPLINK * 1.35)
      expect(lifted).toBeGreaterThan(shared * 1.5)
    })

    await test.step('each student in turn is seen by the eight others, within the same budget', async () => {
      await click(teacher, teacher.words.stopCamera)
      for (const student of students) {
        await click(student, student.words.startCamera)
        for (const other of everyone) {
          if (other === student) continue
          await expect
            .poll(() => other.framesFrom(student), {
              message: `${other.role.name} decodes frames of ${student.role.name}`,
              timeout: 60_000,
            })
            .toBeGreaterThan(0)
        }
        await expect(await teacher.tile(student)).toBeInViewport({ ratio: 0.99 })
        await expect.poll(() => allowed(student)).toBeLessThanOrEqual(UPLINK)
        await click(student, student.words.stopCamera)
      }
    })

    await test.step('when all but one have gone, the line is the other one’s alone', async () => {
      const [student, ...rest] = students as [Person, ...Person[]]
      for (const one of rest) await one.close()
      await expect(teacher.others).toHaveCount(1, { timeout: 30_000 })
      await expect.poll(() => allowed(student)).toBe(UPLINK)
    })
  },
)

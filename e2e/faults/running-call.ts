/** The fault matrix for a running call: two people in real browsers, a third one who comes in after each fault. */
import { setTimeout as pause } from 'node:timers/promises'
import { test as base, expect } from '@playwright/test'
import { CAST } from '../support/cast.ts'
import { Person } from '../support/person.ts'
import { percentile } from './checker.ts'
import type { Fault } from './faults.ts'
import { WATCHED, watchGaps } from './frame-gaps.ts'
import { type Node, Stack } from './stack.ts'
import { ROW, type Row } from './table.ts'

/** The promise: media doesn't stop because a server did. At 15 frames a second one comes every 67 ms. */
const GAP_MS = 250
/** A picture that stands still for this long is one, however busy the machine. */
const STANDSTILL_MS = 2_000
const CONTROL_MS = 4_000
const AFTER_MS = 2_500
const RESUMED_WITHIN = 5_000
/** What each of the two says while it happens. */
const SAID = 3
const SAID_EVERY_MS = 400

/** The four that every `npm test` must see in real browsers. */
const ALWAYS = new Set([
  'replica SIGKILL',
  'replica SIGSTOP 6 s',
  'Redis SIGKILL, data lost',
  'black hole client ↔ server',
])

interface Call {
  stack: Stack
  link: string
  ana: Person
  bora: Person
  chen: Person
}

interface WorkerFixtures {
  durable: boolean
  /** One call for one fault after the other, until one of them breaks it: the next worker then has a new one. */
  call: Call
}

export const test = base.extend<object, WorkerFixtures>({
  durable: [true, { option: true, scope: 'worker' }],
  call: [
    async ({ durable }, use) => {
      await using stack = await Stack.start({ replicas: 2, durable, links: ['front', 'store'] })
      const people: Person[] = []
      try {
        for (const role of [CAST.ana, CAST.bora, CAST.chen]) people.push(await Person.launch(role, WATCHED))
        const [ana, bora, chen] = people as [Person, Person, Person]
        await ana.open(stack.origin)
        await ana.register()
        const link = await ana.createRoom('Faults')
        await ana.join()
        await bora.open(link)
        await bora.register()
        await bora.join()
        await ana.expectToMeet(bora)
        await bora.expectToMeet(ana)
        for (const person of [ana, bora]) await person.openChat()
        // So that Chen only has to come in later.
        await chen.open(stack.origin)
        await chen.register()
        await use({ stack, link, ana, bora, chen })
      } finally {
        await Promise.all(people.map((person) => person.close()))
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],
})

/** The replica that carries a page; once it is one of those that are up. */
async function carrierOf({ stack }: Call, person: Person): Promise<Node> {
  let carrier: Node | undefined
  await expect
    .poll(async () => {
      const instance = await person.instance()
      return (carrier = stack.nodes.find((node) => node.instance === instance)) !== undefined
    })
    .toBe(true)
  return carrier!
}

async function longestGap(call: Call, during: () => Promise<unknown>): Promise<number> {
  const watch = await watchGaps(call.ana, call.bora)
  await during()
  return watch.stop()
}

/** Milliseconds from `since` until somebody can read it, or 0 if that was before. */
async function readAfter(since: Promise<number>, reader: Person, text: string): Promise<number> {
  await reader.chat.getByText(text, { exact: true }).waitFor({ timeout: 30_000 })
  const readAt = performance.now()
  return Math.max(0, readAt - (await since))
}

interface Struck {
  gap: number
  texts: string[]
  /** Ascending. */
  delays: number[]
}

/** Does it, while both go on talking and are watched. */
async function strike(call: Call, fault: Fault): Promise<Struck> {
  const { stack, ana, bora } = call
  const victim = await carrierOf(call, ana)
  const texts: string[] = []
  const delays: Promise<number>[] = []
  const gap = await longestGap(call, async () => {
    await fault.prepare?.(stack)
    const struck = fault.inject(stack, victim)
    const since = struck.then(({ recoverableAt }) => recoverableAt)
    for (let i = 1; i <= SAID; i++) {
      const text = `${fault.name}: ${i}`
      texts.push(`Ana, ${text}`, `Bora, ${text}`)
      await ana.say(`Ana, ${text}`)
      await bora.say(`Bora, ${text}`)
      delays.push(readAfter(since, bora, `Ana, ${text}`), readAfter(since, ana, `Bora, ${text}`))
      await pause(SAID_EVERY_MS)
    }
    await struck
    await pause(AFTER_MS)
    await Promise.all(delays)
  })
  return { gap, texts, delays: (await Promise.all(delays)).toSorted((a, b) => a - b) }
}

/** Everything once, and in the order in which each of them has said it. */
async function expectChat({ ana, bora }: Call, texts: string[]): Promise<void> {
  for (const { chat } of [ana, bora]) {
    for (const text of texts) await expect(chat.getByText(text, { exact: true })).toHaveCount(1)
    const shown = await chat.innerText()
    for (const name of ['Ana', 'Bora']) {
      const places = texts.filter((text) => text.startsWith(name)).map((text) => shown.indexOf(text))
      expect(places).toEqual(places.toSorted((a, b) => a - b))
    }
  }
}

async function expectNewcomer({ link, ana, bora, chen }: Call): Promise<void> {
  await chen.open(link)
  await chen.join()
  for (const person of [ana, bora]) {
    await chen.expectToSee(person)
    await person.expectToSee(chen)
  }
  await chen.leave()
  for (const { others } of [ana, bora]) await expect(others).toHaveCount(1)
}

const connectionsOf = ({ page }: Person): Promise<number> =>
  page.evaluate(() => globalThis.testConnections.length)

/** One test for each of the faults, all of them in one call. */
export function strikeRunningCall(faults: Fault[]): void {
  for (const fault of faults) {
    const tag = ALWAYS.has(fault.name) ? ['@always'] : []
    test(
      `${fault.name} in a running call: pictures go on, and everything said is there once`,
      { tag },
      async ({ call }, info) => {
        const { ana, bora } = call
        const made = [await connectionsOf(ana), await connectionsOf(bora)]
        const control = await longestGap(call, () => pause(CONTROL_MS))
        const { gap, texts, delays } = await strike(call, fault)
        const row: Row = {
          fault: fault.name,
          state: 'call',
          sent: texts.length,
          acknowledged: delays.length,
          resume: [0.5, 0.99, 1].map((share) => percentile(delays, share)),
          gap: { fault: gap, control },
        }
        info.annotations.push({ type: ROW, description: JSON.stringify(row) })
        // A machine that is too small for its browsers makes gaps by itself: then a fault may not make them much longer
        // than they were just before, in the same call and without any.
        expect(gap, `the longest gap; without a fault ${Math.round(control)} ms`).toBeLessThan(
          Math.min(STANDSTILL_MS, Math.max(GAP_MS, 2 * control)),
        )
        expect(delays.at(-1)).toBeLessThan(RESUMED_WITHIN)
        await expectChat(call, texts)
        for (const { others } of [ana, bora]) await expect(others).toHaveCount(1)
        expect([await connectionsOf(ana), await connectionsOf(bora)], 'nothing was negotiated anew').toEqual(
          made,
        )
        await expectNewcomer(call)
      },
    )
  }
}

/** From the click on Join to the first frame of somebody else on the screen, beside the least that WebRTC can do. */
import { CAST } from '../e2e/support/cast.ts'
import { Person } from '../e2e/support/person.ts'
import { startReplica } from '../e2e/support/server.ts'
import { startFloor } from './floor/floor.ts'
import { machine, type Report, spread } from './report.ts'

const ROLES = Object.values(CAST)
const OTHERS = '[data-peer-id]:not([data-self])'

/** A way to meet: Maru's pages, or the floor's. */
interface Contender {
  name: string
  /** Everyone, the joiner last. The others are in the call, the joiner is at its door. */
  people: Person[]
  /** Leads the joiner back to the door. */
  again: (joiner: Person) => Promise<void>
  close: () => Promise<void>
}

/**
 * One measurement at the joiner's page.
 * @returns milliseconds from the click to the first presented frame of each of the others, in their order of coming
 */
async function measure(joiner: Person, others: number): Promise<number[]> {
  const button = joiner.page.getByRole('button', { name: 'Join', exact: true })
  await button.waitFor()
  const result = await joiner.page.evaluateHandle(
    ({ selector, count }) => {
      let clicked = Number.NaN
      document.addEventListener('click', (event) => (clicked = event.timeStamp), {
        capture: true,
        once: true,
      })
      const seen = new Set<HTMLVideoElement>()
      const times: number[] = []
      const promise = new Promise<number[]>((resolve) => {
        const look = (): void => {
          for (const video of document.querySelectorAll<HTMLVideoElement>(`${selector} video`)) {
            if (seen.has(video)) continue
            seen.add(video)
            video.requestVideoFrameCallback((_, { presentationTime }) => {
              times.push(presentationTime - clicked)
              if (times.length === count) resolve(times)
            })
          }
        }
        new MutationObserver(look).observe(document, { childList: true, subtree: true })
      })
      return { promise }
    },
    { selector: OTHERS, count: others },
  )
  await button.click()
  return result.evaluate(({ promise }) => promise)
}

async function maru(size: number): Promise<Contender> {
  const server = await startReplica()
  const people = await Promise.all(ROLES.slice(0, size).map((role) => Person.launch(role)))
  const [first, ...rest] = people as [Person, ...Person[]]
  await first.open(server.origin)
  await first.register()
  const link = await first.createRoom('Bench')
  await first.join()
  for (const [i, person] of rest.entries()) {
    await person.open(link)
    await person.register()
    if (i < rest.length - 1) await person.join()
  }
  return {
    name: 'Maru',
    people,
    again: async (joiner) => {
      await joiner.leave()
      await joiner.open(link)
    },
    close: async () => {
      await Promise.all(people.map((person) => person.close()))
      await server.kill()
    },
  }
}

async function floor(size: number): Promise<Contender> {
  const server = await startFloor()
  const people = await Promise.all(ROLES.slice(0, size).map((role) => Person.launch(role)))
  for (const [i, person] of people.entries()) {
    await person.open(server.origin)
    if (i < people.length - 1) {
      await person.page.getByRole('button', { name: 'Join' }).click()
      await person.page.locator('[data-self]').waitFor()
    }
  }
  return {
    name: 'floor',
    people,
    again: (joiner) => joiner.open(server.origin),
    close: async () => {
      await Promise.all(people.map((person) => person.close()))
      await server.close()
    },
  }
}

/** Long enough for sockets, credentials and devices at the door, and for those inside to have seen the last one go. */
const AT_THE_DOOR_MS = 1_500

export async function firstFrame(rounds: number): Promise<Report> {
  const rows: Report['rows'] = []
  for (const size of [2, 3]) {
    const medians: number[] = []
    for (const start of [maru, floor]) {
      const contender = await start(size)
      const joiner = contender.people.at(-1)
      if (!joiner) throw new Error('nobody to join')
      const first: number[] = []
      const all: number[] = []
      for (let round = 0; round < rounds; round++) {
        if (round > 0) await contender.again(joiner)
        await joiner.page.waitForTimeout(AT_THE_DOOR_MS)
        const times = await measure(joiner, size - 1)
        first.push(Math.min(...times))
        all.push(Math.max(...times))
      }
      await contender.close()
      for (const [which, times] of size === 2
        ? ([['first', first]] as const)
        : ([
            ['first', first],
            ['all', all],
          ] as const))
        rows.push({ people: size, who: contender.name, frame: which, ...spread(times), rounds })
      medians.push(spread(first).median)
    }
    const [ours = Number.NaN, least = Number.NaN] = medians
    rows.push({
      people: size,
      who: 'Maru / floor',
      frame: 'first',
      min: '',
      median: `× ${(ours / least).toFixed(2)}`,
      max: '',
      rounds,
    })
  }
  return {
    bench: 'first-frame',
    what: 'Milliseconds from the click on Join to the first frame of another person on the screen (one machine, no network between).',
    machine: machine(),
    rows,
  }
}

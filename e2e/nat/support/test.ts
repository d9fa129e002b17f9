/** The fixtures of the lab: an internet for all cases, households for each, and their people. */
import { CAST } from '../../support/cast.ts'
import type { Person, PersonOptions } from '../../support/person.ts'
import { expect, test as base } from '../../support/test.ts'
import { Household, type Place } from './household.ts'
import { type Internet, startInternet } from './internet.ts'

/** Ana and Bora, each with a browser in a house of their own. */
export interface Couple {
  houses: [Household, Household]
  people: [Person, Person]
}

interface Fixtures {
  settle: (place: Place) => Household
  couple: (places: [Place, Place], options?: [PersonOptions, PersonOptions]) => Promise<Couple>
}

export const test = base.extend<Fixtures, { internet: Internet }>({
  internet: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      using internet = await startInternet()
      await use(internet)
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  settle: async ({ internet }, use) => {
    using houses = new DisposableStack()
    await use((place) => houses.use(new Household(internet, place)))
  },
  // Houses first: they are torn down in the other order, when nobody is in them any more.
  couple: async ({ settle, invite }, use) => {
    await use(async (places, options = [{}, {}]) => {
      const houses: Couple['houses'] = [settle(places[0]), settle(places[1])]
      const people = await Promise.all([
        invite(CAST.ana, { ...options[0], ...houses[0].browser() }),
        invite(CAST.bora, { ...options[1], ...houses[1].browser() }),
      ])
      return { houses, people }
    })
  },
})

/** Ana makes a room and is in it, Bora is at its door. */
export async function gather([ana, bora]: Couple['people'], origin: string): Promise<void> {
  await ana.open(origin)
  await ana.register()
  const link = await ana.createRoom('Far apart')
  await ana.join()
  await bora.open(link)
  await bora.register()
  await expect(bora.page.getByRole('button', { name: bora.words.join, exact: true })).toBeEnabled()
}

export { expect }

/** The fixtures: a server and people, both gone when the test is over, and nothing forbidden seen on the way. */
import { test as base, expect } from '@playwright/test'
import type { Role } from './cast.ts'
import { Person, type PersonOptions } from './person.ts'
import { type Replica, startReplica } from './server.ts'

interface Fixtures {
  /** A server of its own for each test, with rooms in memory. */
  server: Replica
  /** Starts a browser for somebody. */
  invite: (role: Role, options?: PersonOptions) => Promise<Person>
}

export const test = base.extend<Fixtures>({
  // Playwright reads which fixtures a fixture needs from the pattern of its first parameter.
  // oxlint-disable-next-line no-empty-pattern
  server: async ({}, use) => {
    await using replica = await startReplica()
    await use(replica)
  },
  // oxlint-disable-next-line no-empty-pattern
  invite: async ({}, use, info) => {
    const people: Person[] = []
    await use(async (role, options) => {
      const person = await Person.launch(role, options)
      people.push(person)
      return person
    })
    if (info.status !== info.expectedStatus) {
      for (const [i, { page, role }] of people.entries()) {
        const picture = await page.screenshot({ timeout: 3_000 }).catch(() => undefined)
        if (picture) await info.attach(`${i + 1} ${role.name}`, { body: picture, contentType: 'image/png' })
      }
    }
    await Promise.all(people.map((person) => person.close()))
    const problems = people.flatMap(({ role, problems: seen }) =>
      seen.map((problem) => `${role.name}: ${problem}`),
    )
    expect(problems, 'nothing forbidden happened on any page').toEqual([])
  },
})

export { expect }

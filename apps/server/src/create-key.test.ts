/** The key that a server may ask of those who make rooms: of nobody else, and not to be guessed (P54). */
import { describe, expect, test } from 'vitest'
import { openPage, refusalOf, startTestServer } from './test-kit.ts'

const createKey = 'nine pine trees'
const room = { name: 'A room', listed: false, capacity: 4 }

describe('P54 making a room takes the key', () => {
  test('and nothing else does', async () => {
    await using server = await startTestServer({ createKey })
    using ann = openPage(server.port)
    using guest = openPage(server.port)
    expect((await ann.api.server.info.query()).createKey).toBe(true)
    const { userSecret } = ann.secrets
    const create = (key?: string) => ann.api.rooms.create.mutate({ ...room, userSecret, ...(key && { key }) })
    expect(await refusalOf(create())).toBe('create-key')
    expect(await refusalOf(create('nine pine tree'))).toBe('create-key')
    expect(await refusalOf(create(`${createKey} `))).toBe('create-key')
    const { roomId } = await create(createKey)
    // A guest is asked for nothing.
    const inside = await guest.enter(roomId)
    expect(inside.of('snapshot')).toHaveLength(1)
  })

  test('whoever guesses has to wait, even with the right one at last; whoever knows it never does', async () => {
    await using server = await startTestServer({ createKey })
    using ann = openPage(server.port)
    const { userSecret } = ann.secrets
    const create = (key: string) => ann.api.rooms.create.mutate({ ...room, userSecret, key })
    for (let i = 0; i < 15; i++) await create(createKey)
    // In one frame, as a guesser would.
    const guesses = await Promise.all(Array.from({ length: 30 }, (_, i) => refusalOf(create(`guess ${i}`))))
    expect(guesses.filter((reason) => reason === 'create-key')).toHaveLength(10)
    expect(guesses.filter((reason) => reason === 'rate-limited')).toHaveLength(20)
    expect(await refusalOf(create(createKey))).toBe('rate-limited')
  })

  test('where there is none, anyone may, whatever key they come with', async () => {
    await using server = await startTestServer()
    using ann = openPage(server.port)
    expect((await ann.api.server.info.query()).createKey).toBe(false)
    const { userSecret } = ann.secrets
    await ann.api.rooms.create.mutate({ ...room, userSecret, key: 'an old one' })
  })
})

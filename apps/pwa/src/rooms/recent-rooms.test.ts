import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const KEY = 'maru.recent-rooms'
const room = (letter: string, at = 1) => ({ roomId: letter.repeat(22), name: `Room ${letter}`, at })

/** The browser's, as far as it is used here; Node has none. */
let stored: Map<string, string>
beforeEach(() => {
  stored = new Map()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  })
  vi.resetModules()
})
afterEach(() => vi.unstubAllGlobals())

const load = () => import('./recent-rooms.ts')

it('keeps the last five, each once, the last one first', async () => {
  const { keepRecentRoom } = await load()
  for (const letter of ['A', 'B', 'C', 'D', 'E', 'F', 'C']) keepRecentRoom(room(letter))
  vi.resetModules()
  const { recentRooms } = await load()
  expect(recentRooms().map(({ name }) => name)).toEqual(['Room C', 'Room F', 'Room E', 'Room D', 'Room B'])
})

it('leaves nothing behind when they are forgotten, and drops one that is gone', async () => {
  const { keepRecentRoom, dropRecentRoom, forgetRecentRooms, recentRooms } = await load()
  keepRecentRoom(room('A'))
  keepRecentRoom(room('B'))
  dropRecentRoom(room('A').roomId)
  expect(recentRooms().map(({ name }) => name)).toEqual(['Room B'])
  forgetRecentRooms()
  expect(recentRooms()).toEqual([])
  expect([...stored.keys()]).toEqual([])
})

it.each(['{', 'null', '{"length":1}', '[null,1,{"roomId":"../../x","name":"x","at":1},{"roomId":1}]'])(
  'takes nothing from what is no list of rooms: %s',
  async (text) => {
    stored.set(KEY, text)
    expect((await load()).recentRooms()).toEqual([])
  },
)

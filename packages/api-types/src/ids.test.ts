/** Ids are what a stranger must not guess, and event ids what a resume stands on. */
import { describe, expect, it } from 'vitest'
import {
  comparePositions,
  formatEventId,
  ID_PATTERN,
  makeRoomId,
  makeSecret,
  parseEventId,
  SECRET_PATTERN,
} from './ids.ts'

describe('ids', () => {
  it('have 128 and 256 bits, url-safe, and never repeat (P4, P1)', () => {
    const rooms = new Set(Array.from({ length: 2_000 }, makeRoomId))
    expect(rooms.size).toBe(2_000)
    for (const id of rooms) expect(id).toMatch(ID_PATTERN)
    for (let n = 0; n < 200; n++) expect(makeSecret()).toMatch(SECRET_PATTERN)
  })
})

describe('event ids (P13)', () => {
  it('survive the way there and back, with a nonce or without', () => {
    const where = { epoch: 'a_-9', position: '1763850000123-4' }
    expect(parseEventId(formatEventId(where.epoch, where.position))).toEqual(where)
    expect(parseEventId(formatEventId(where.epoch, where.position, 'n1'))).toEqual(where)
  })
  it.each([
    '',
    'x',
    'e:',
    'e:12',
    'e:1-2:',
    'e:1-2:n:m',
    'e:-1-2',
    '__proto__:1-x',
    'e:1-2\n',
    `e:${'9'.repeat(16)}-0`,
  ])('are not made of %j', (id) => expect(parseEventId(id)).toBeUndefined())
  it('order by time, then by number, not by letters', () => {
    const sorted = ['9-0', '10-0', '10-2', '10-10']
    expect([...sorted].reverse().sort(comparePositions)).toEqual(sorted)
  })
})

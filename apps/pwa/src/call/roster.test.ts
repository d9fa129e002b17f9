import type { Peer } from '@maru/api-types'
import { describe, expect, it } from 'vitest'
import { handPlaces, makeOnce, mergeRoster, ordinals } from './roster.ts'

const peer = (peerId: string, name = peerId): Peer => ({
  peerId,
  userId: `user-${peerId}`,
  name,
  color: 0,
  state: { mic: true, camera: true },
  joinedAt: 0,
})

describe('raised hands', () => {
  it('are numbered as they went up, by number and not by letter; the others have none', () => {
    const hands = { a: '1000-2', b: undefined, c: '999-7', d: '1000-10' }
    const peers = Object.entries(hands).map(([peerId, hand]) => ({ ...peer(peerId), ...(hand && { hand }) }))
    expect([...handPlaces(peers)]).toEqual([
      ['c', 1],
      ['a', 2],
      ['d', 3],
    ])
  })
})

describe('equal names', () => {
  it('are numbered in the order of joining, however they are written', () => {
    const names = ['Ann', 'ann', 'Bob', 'ＡＮＮ', '\u0041nn', '김지은', '\u1100\u1175\u11b7지은']
    const numbers = ordinals(names.map((name, index) => ({ peerId: `${index}`, name })))
    expect([...numbers.values()]).toEqual([1, 2, 1, 3, 4, 1, 2])
  })
})

describe('P26: the roster after a snapshot', () => {
  it('has the order of the snapshot, and behind it whose media is still there', () => {
    const known = new Map([peer('a'), peer('b'), peer('c')].map((one) => [one.peerId, one]))
    const merged = mergeRoster(known, [peer('d'), peer('b')], (peerId) => peerId === 'c')
    expect([...merged.keys()]).toEqual(['d', 'b', 'c'])
  })

  it('takes the snapshot’s word about those who are in both', () => {
    const merged = mergeRoster(new Map([['a', peer('a', 'old')]]), [peer('a', 'new')], () => true)
    expect(merged.get('a')?.name).toBe('new')
  })
})

it('P21: each message of a sender counts once, and one sender’s don’t hide another’s', () => {
  const once = makeOnce()
  const seen = [
    ['a', 1],
    ['a', 3],
    ['b', 1],
    ['a', 3],
    ['a', 2],
    ['b', 2],
    ['a', 4],
  ] as const
  expect(seen.map(([from, seq]) => once(from, seq))).toEqual([true, true, true, false, false, true, true])
})

import { describe, expect, it } from 'vitest'
import { peerState } from './peer.ts'

describe('P40 the state of a member', () => {
  it.each([
    { mic: true, camera: false },
    { mic: true, camera: false, screen: true },
  ])('%j stays as it is', (state) => {
    expect(peerState.parse(state)).toEqual(state)
  })

  it.each([
    { mic: true, camera: false, screen: 'yes' },
    { mic: true, camera: false, sound: true },
    { mic: true },
  ])('%j is refused', (state) => {
    expect(peerState.safeParse(state).success).toBe(false)
  })
})

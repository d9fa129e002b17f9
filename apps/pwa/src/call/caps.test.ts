import { describe, expect, it } from 'vitest'
import { peerCapsFor, SCREEN_UPLINK, UPLINK } from './caps.ts'

const rooms = Array.from({ length: 9 }, (_, i) => i + 2)

describe('one uplink for everybody in the room', () => {
  it('is never exceeded, whoever comes', () => {
    for (const people of rooms) {
      const caps = peerCapsFor(people)
      expect(caps.bitrate * (people - 1)).toBeLessThanOrEqual(UPLINK)
      expect(caps.screen.bitrate * (people - 1)).toBeLessThanOrEqual(SCREEN_UPLINK)
    }
  })

  it('is used: two have all of it, and ten still most of it', () => {
    expect(peerCapsFor(2)).toMatchObject({ bitrate: UPLINK, height: 720, screen: { bitrate: SCREEN_UPLINK } })
    for (const people of rooms)
      expect(peerCapsFor(people).bitrate * (people - 1)).toBeGreaterThan(UPLINK * 0.55)
  })

  it('gives each connection less with each who comes, and a smaller picture in time', () => {
    for (const people of rooms.slice(1)) {
      const [before, now] = [peerCapsFor(people - 1), peerCapsFor(people)]
      expect(now.bitrate).toBeLessThanOrEqual(before.bitrate)
      expect(now.height).toBeLessThanOrEqual(before.height)
      expect(now.frameRate).toBeLessThanOrEqual(before.frameRate)
      expect(now.screen.frameRate).toBeLessThanOrEqual(before.screen.frameRate)
    }
    expect(peerCapsFor(9)).toMatchObject({ height: 180, frameRate: 15, screen: { height: 1_080 } })
  })

  it('knows what to do before anybody else is there', () => {
    expect(peerCapsFor(1)).toEqual(peerCapsFor(2))
  })
})

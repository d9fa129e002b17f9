import { describe, expect, it } from 'vitest'
import { LOST_AFTER_MS, makeGapMeter, makeMessageCount } from './counts.ts'

describe('the gap meter', () => {
  it('knows nothing before a second picture could have come', () => {
    expect(makeGapMeter().longest(1_000)).toBeUndefined()
  })

  it('says the longest gap of anybody, and one that goes on', () => {
    const meter = makeGapMeter()
    for (const at of [0, 50, 100, 400, 450]) meter.frame('ada', at)
    for (const at of [10, 60, 110, 160, 440]) meter.frame('yuna', at)
    expect(meter.longest(451)).toBe(300)
    expect(meter.longest(900)).toBe(460)
    meter.frame('yuna', 1_000)
    meter.frame('ada', 1_000)
    expect(meter.longest(1_001)).toBe(560)
  })

  it('begins anew, but with the whole of a gap that goes on', () => {
    const meter = makeGapMeter()
    for (const at of [0, 500, 550]) meter.frame('ada', at)
    meter.restart()
    expect(meter.longest(560)).toBe(10)
    meter.frame('ada', 750)
    expect(meter.longest(760)).toBe(200)
  })

  it('counts neither who left nor what could not be seen', () => {
    const meter = makeGapMeter()
    meter.frame('ada', 0)
    meter.frame('yuna', 0)
    meter.forget('yuna')
    meter.frame('ada', 50)
    expect(meter.longest(60)).toBe(50)
    meter.pause()
    expect(meter.longest(9_000)).toBe(50)
    meter.frame('ada', 9_000)
    expect(meter.longest(9_010)).toBe(50)
  })
})

describe('the message count', () => {
  it('finds nothing lost when all came, in whatever order the word of them did', () => {
    const count = makeMessageCount()
    count.said('ada', 7, 0)
    count.heard('ada', 7)
    count.heard('ada', 8)
    expect(count.read(1)).toEqual({ said: 1, heard: 1, lost: 0 })
    count.said('ada', 10, 2)
    expect(count.read(3)).toEqual({ said: 3, heard: 1, lost: 0 })
    count.heard('ada', 9)
    count.heard('ada', 10)
    expect(count.read(60_000)).toEqual({ said: 3, heard: 3, lost: 0 })
  })

  it('counts what a later one has overtaken', () => {
    const count = makeMessageCount()
    count.said('ada', 0, 0)
    count.said('yuna', 0, 0)
    count.said('ada', 4, 1)
    for (const number of [1, 4]) count.heard('ada', number)
    count.heard('yuna', 1)
    expect(count.read(2)).toEqual({ said: 5, heard: 3, lost: 2 })
    count.heard('ada', 2)
    expect(count.read(2).lost).toBe(1)
  })

  it('counts what never came', () => {
    const count = makeMessageCount()
    count.said('ada', 0, 0)
    count.said('ada', 2, 1_000)
    count.said('ada', 3, 5_000)
    expect(count.read(1_000 + LOST_AFTER_MS).lost).toBe(0)
    expect(count.read(1_001 + LOST_AFTER_MS).lost).toBe(2)
    expect(count.read(5_001 + LOST_AFTER_MS).lost).toBe(3)
  })
})

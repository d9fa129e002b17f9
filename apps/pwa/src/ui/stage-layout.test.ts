import { describe, expect, it } from 'vitest'
import type { Area, Box } from './grid-layout.ts'
import { layoutStage } from './stage-layout.ts'

const GAP = 10
const AREAS: Area[] = [
  { width: 1252, height: 650 },
  { width: 912, height: 650 },
  { width: 366, height: 700 },
  { width: 296, height: 420 },
  { width: 816, height: 300 },
  { width: 3400, height: 1200 },
]
const cases = AREAS.flatMap((area) =>
  [1, 2, 3, 5, 6, 9, 14].flatMap((count) => [true, false].map((whole) => ({ area, count, whole }))),
)
const size = (box: Box): number => box.width * box.height
const overlap = (a: Box, b: Box): boolean =>
  a.left + 0.001 < b.left + b.width &&
  b.left + 0.001 < a.left + a.width &&
  a.top + 0.001 < b.top + b.height &&
  b.top + 0.001 < a.top + a.height

describe.each(cases)('$count beside the stage in $area.width × $area.height, whole: $whole', (given) => {
  const { area, count, whole } = given
  const { stage, strip } = layoutStage(count, area, { gap: GAP, whole })
  const all = [stage, ...strip]

  it('all lie inside and apart', () => {
    expect(strip).toHaveLength(count)
    for (const [index, box] of all.entries()) {
      expect(box.width).toBeGreaterThan(0)
      expect(box.left).toBeGreaterThanOrEqual(-0.001)
      expect(box.top).toBeGreaterThanOrEqual(-0.001)
      expect(box.left + box.width).toBeLessThanOrEqual(area.width + 0.001)
      expect(box.top + box.height).toBeLessThanOrEqual(area.height + 0.001)
      for (const other of all.slice(index + 1)) expect(overlap(box, other)).toBe(false)
    }
  })

  it('the one on the stage is several times as large as any other', () => {
    for (const box of strip) expect(size(stage)).toBeGreaterThan(3 * size(box))
  })

  it('a screen has most of the room', () => {
    if (whole) expect(size(stage)).toBeGreaterThan(area.width * area.height * 0.6)
  })
})

it('has the strip below on a phone held upright, beside everywhere else', () => {
  const phone = layoutStage(2, { width: 366, height: 700 }, { gap: GAP, whole: false })
  for (const box of phone.strip) expect(box.top).toBeGreaterThan(phone.stage.top + phone.stage.height)
  const desktop = layoutStage(2, { width: 1252, height: 650 }, { gap: GAP, whole: false })
  for (const box of desktop.strip) expect(box.left).toBeGreaterThan(desktop.stage.left + desktop.stage.width)
})

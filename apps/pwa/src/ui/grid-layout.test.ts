import { describe, expect, it } from 'vitest'
import {
  type Area,
  aspectFor,
  type Box,
  cornerBox,
  CORNERS,
  layoutTiles,
  nearestCorner,
} from './grid-layout.ts'

const GAP = 10
const AREAS: Area[] = [
  { width: 1252, height: 650 },
  { width: 912, height: 650 },
  { width: 366, height: 700 },
  { width: 296, height: 500 },
  { width: 816, height: 300 },
  { width: 3400, height: 1200 },
]
const cases = AREAS.flatMap((area) => Array.from({ length: 10 }, (_, index) => ({ count: index + 1, area })))
const size = (box: Box): number => box.width * box.height
const overlap = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width &&
  b.left < a.left + a.width &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height

describe.each(cases)('$count tiles in $area.width × $area.height', ({ count, area }) => {
  const boxes = layoutTiles(count, area, GAP)

  it('lie inside and apart', () => {
    expect(boxes).toHaveLength(count)
    for (const [index, box] of boxes.entries()) {
      expect(box.left).toBeGreaterThanOrEqual(-0.001)
      expect(box.top).toBeGreaterThanOrEqual(-0.001)
      expect(box.left + box.width).toBeLessThanOrEqual(area.width + 0.001)
      expect(box.top + box.height).toBeLessThanOrEqual(area.height + 0.001)
      for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false)
    }
  })

  it('are at least as large as in any plain grid of columns', () => {
    const { min, max } = aspectFor(area)
    const plain = Array.from({ length: count }, (_, index) => {
      const columns = index + 1
      const rows = Math.ceil(count / columns)
      const width = (area.width - GAP * (columns - 1)) / columns
      const height = (area.height - GAP * (rows - 1)) / rows
      return Math.min(width, height * max) * Math.min(height, width / min)
    })
    expect(Math.min(...boxes.map(size))).toBeGreaterThanOrEqual(Math.max(...plain) - 2)
  })
})

const rowsOf = (boxes: Box[]): number[] =>
  [...Map.groupBy(boxes, (box) => Math.round(box.top)).values()].map((row) => row.length)

it('arranges as people expect it', () => {
  expect(rowsOf(layoutTiles(2, { width: 1252, height: 650 }, GAP))).toEqual([2])
  expect(rowsOf(layoutTiles(4, { width: 1252, height: 650 }, GAP))).toEqual([2, 2])
  expect(rowsOf(layoutTiles(2, { width: 366, height: 700 }, GAP))).toEqual([1, 1])
  expect(rowsOf(layoutTiles(5, { width: 366, height: 700 }, GAP))).toEqual([1, 2, 2])
})

it('has nothing to show without people or room', () => {
  expect(layoutTiles(0, { width: 300, height: 300 }, GAP)).toEqual([])
  expect(layoutTiles(3, { width: 0, height: 300 }, GAP)).toEqual([])
})

it('brings the own card to the corner where it was let go', () => {
  const area = { width: 366, height: 700 }
  for (const corner of CORNERS) {
    const box = cornerBox(corner, area, { width: 96, height: 132 })
    expect(nearestCorner(box, area)).toBe(corner)
  }
})

/** One on the stage and the others in a strip: beside it, or below it on a phone held upright. */
import { type Area, type Box, layoutTiles } from './grid-layout.ts'

/** Width by height of the tiles in the strip: a face fits, and many fit below each other. */
const STRIP_ASPECT = 1.4

const clamp = (value: number, min: number, max: number): number => Math.max(min, Math.min(max, value))

/** `count` equal tiles of one shape, as large as they can be, in the middle of the area. */
function layoutStrip(count: number, area: Area, gap: number): Box[] {
  let best = { columns: 1, width: 0 }
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns)
    const widest = (area.width - gap * (columns - 1)) / columns
    const highest = (area.height - gap * (rows - 1)) / rows
    const width = Math.min(widest, highest * STRIP_ASPECT)
    // Half a pixel of rounding is no reason for more columns.
    if (width > best.width + 0.5) best = { columns, width }
  }
  const { columns, width } = best
  const height = width / STRIP_ASPECT
  const rows = Math.ceil(count / columns)
  const top = (area.height - rows * height - gap * (rows - 1)) / 2
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns)
    const inRow = Math.min(columns, count - row * columns)
    const left = (area.width - inRow * width - gap * (inRow - 1)) / 2
    return {
      left: left + (index % columns) * (width + gap),
      top: top + row * (height + gap),
      width,
      height,
    }
  })
}

export interface StageOptions {
  gap: number
  /** A screen takes all there is and is shown as a whole; a face is cut to a shape that suits it. */
  whole: boolean
}

/** @returns the place of the one on the stage, and those of `count` others */
export function layoutStage(
  count: number,
  area: Area,
  { gap, whole }: StageOptions,
): { stage: Box; strip: Box[] } {
  const beside = area.width >= area.height
  // More people get a wider strip before their tiles get too small.
  const many = count > 5 ? 1.4 : 1
  const wide = clamp(area.width * 0.2 * many, 96, 320)
  const high = clamp(area.height * 0.2 * many, 84, 240)
  const rest: Area = beside
    ? { width: area.width - wide - gap, height: area.height }
    : { width: area.width, height: area.height - high - gap }
  const strip: Area = beside ? { width: wide, height: area.height } : { width: area.width, height: high }
  const [face] = layoutTiles(1, rest, gap)
  const all: Box = { left: 0, top: 0, ...rest }
  return {
    stage: whole ? all : (face ?? all),
    strip: layoutStrip(count, strip, gap).map((box) =>
      beside ? { ...box, left: box.left + rest.width + gap } : { ...box, top: box.top + rest.height + gap },
    ),
  }
}

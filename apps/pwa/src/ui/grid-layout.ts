/** Where the tiles of a call go: the arrangement in rows whose smallest tile is the largest. */

/** Pixels within the stage. */
export interface Box {
  left: number
  top: number
  width: number
  height: number
}

export interface Area {
  width: number
  height: number
}

/** Width by height. Beyond these a face is cropped away, or lost in a strip. */
export interface Aspect {
  min: number
  max: number
}

interface Row {
  count: number
  width: number
  height: number
}

const sizeIn = (cell: Area, aspect: Aspect): Area => ({
  width: Math.min(cell.width, cell.height * aspect.max),
  height: Math.min(cell.height, cell.width / aspect.min),
})

/** A wide stage has tiles at least square; a phone held upright tall ones or, stacked, wider ones than any camera. */
export const aspectFor = (area: Area): Aspect =>
  area.width >= area.height ? { min: 1, max: 1.95 } : { min: 0.5, max: 2.2 }

/** `count` tiles in `rows` rows as even as can be; shorter rows are on top and have wider tiles. */
function makeRows(count: number, rows: number, options: { area: Area; gap: number }): Row[] {
  const { area, gap } = options
  const aspect = aspectFor(area)
  const height = (area.height - gap * (rows - 1)) / rows
  const least = Math.floor(count / rows)
  const longer = count % rows
  return Array.from({ length: rows }, (_, row) => {
    const inRow = row < rows - longer ? least : least + 1
    const width = (area.width - gap * (inRow - 1)) / inRow
    return { count: inRow, ...sizeIn({ width, height }, aspect) }
  })
}

const smallest = (rows: Row[]): number => Math.min(...rows.map((row) => row.width * row.height))
const total = (rows: Row[]): number => rows.reduce((sum, row) => sum + row.count * row.width * row.height, 0)

/** @returns a box for each tile, row by row, centred in the area */
export function layoutTiles(count: number, area: Area, gap: number): Box[] {
  if (count === 0 || area.width <= 0 || area.height <= 0) return []
  const candidates = Array.from({ length: count }, (_, index) => makeRows(count, index + 1, { area, gap }))
  const best = candidates.reduce((a, b) => {
    const gain = smallest(b) - smallest(a)
    // Half a pixel of rounding isn't a reason to prefer the emptier one.
    return gain > 1 || (gain > -1 && total(b) > total(a)) ? b : a
  })

  const used = best.reduce((sum, row) => sum + row.height, 0) + gap * (best.length - 1)
  const boxes: Box[] = []
  let top = (area.height - used) / 2
  for (const row of best) {
    let left = (area.width - row.count * row.width - gap * (row.count - 1)) / 2
    for (let tile = 0; tile < row.count; tile += 1) {
      boxes.push({ left, top, width: row.width, height: row.height })
      left += row.width + gap
    }
    top += row.height + gap
  }
  return boxes
}

export const CORNERS = ['top-right', 'bottom-right', 'bottom-left', 'top-left'] as const
export type Corner = (typeof CORNERS)[number]

/** Where one's own small card lies on a phone. */
export function cornerBox(corner: Corner, area: Area, card: Area): Box {
  const margin = 10
  const left = corner.endsWith('left') ? margin : area.width - card.width - margin
  const top = corner.startsWith('top') ? margin : area.height - card.height - margin
  return { left, top, ...card }
}

/** The corner that a card let go at `box` belongs to. */
export function nearestCorner(box: Box, area: Area): Corner {
  const side = box.left + box.width / 2 < area.width / 2 ? 'left' : 'right'
  const end = box.top + box.height / 2 < area.height / 2 ? 'top' : 'bottom'
  return `${end}-${side}`
}

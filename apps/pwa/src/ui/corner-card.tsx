/** One's own picture as a small card: dragged to a corner, or sent to the next one by a press. */
import type { JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { type Area, type Box, type Corner, CORNERS, nearestCorner } from './grid-layout.ts'

/** A finger is never quite still: less than this is a press. */
const SLOP_PX = 6

interface CornerCardHandleProps {
  corner: Corner
  box: Box
  area: Area
  /** The element that is moved: the card's place on the stage. */
  place(): HTMLElement | undefined
  /** Let go, `offset` pixels from the box; the new corner's box is applied next. */
  onDrop(corner: Corner, offset: { x: number; y: number }): void
}

export function CornerCardHandle(props: CornerCardHandleProps): JSX.Element {
  const t = useWords()
  let start: { x: number; y: number } | undefined
  let offset = { x: 0, y: 0 }
  let dragged = false

  const down = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    start = { x: event.clientX, y: event.clientY }
    offset = { x: 0, y: 0 }
    dragged = false
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const move = (event: PointerEvent): void => {
    if (!start) return
    offset = { x: event.clientX - start.x, y: event.clientY - start.y }
    if (!dragged && Math.hypot(offset.x, offset.y) < SLOP_PX) return
    dragged = true
    const place = props.place()
    if (place) place.style.transform = `translate(${offset.x}px, ${offset.y}px)`
  }
  const up = (): void => {
    if (!start) return
    start = undefined
    const place = props.place()
    if (place) place.style.transform = ''
    if (!dragged) return
    const { box } = props
    props.onDrop(
      nearestCorner({ ...box, left: box.left + offset.x, top: box.top + offset.y }, props.area),
      offset,
    )
  }
  const press = (): void => {
    // The click that ends a drag.
    if (dragged) return void (dragged = false)
    const next = CORNERS[(CORNERS.indexOf(props.corner) + 1) % CORNERS.length]
    if (next) props.onDrop(next, { x: 0, y: 0 })
  }

  return (
    <button
      type="button"
      class="absolute inset-0 cursor-grab rounded-m active:cursor-grabbing"
      aria-label={t('call.moveCard')}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onClick={press}
    />
  )
}

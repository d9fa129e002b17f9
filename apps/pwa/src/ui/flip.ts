/** Slides tiles from where they were to where they are (FLIP): transforms only, so that no video is laid out twice. */
import { createEffect } from 'solid-js'
import type { Box } from './grid-layout.ts'

const EASE = 'cubic-bezier(0.2, 0.8, 0.2, 1)'
const CALM_MS = 260
/** Less than this is a window being resized: following it at once is calmer than chasing it. */
const JUMP_PX = 40

const jumped = (a: Box, b: Box): boolean =>
  Math.max(
    Math.abs(a.left - b.left),
    Math.abs(a.top - b.top),
    Math.abs(a.width - b.width),
    Math.abs(a.height - b.height),
  ) > JUMP_PX

function slide(element: HTMLElement, from: Box, to: Box): void {
  const move = `translate(${from.left - to.left}px, ${from.top - to.top}px)`
  const scale = `scale(${from.width / to.width}, ${from.height / to.height})`
  const frames = [
    { transform: `${move} ${scale}`, transformOrigin: '0 0' },
    { transform: 'none', transformOrigin: '0 0' },
  ]
  element.animate(frames, { duration: CALM_MS, easing: EASE })
}

function appear(element: HTMLElement): void {
  const frames = [
    { opacity: 0, transform: 'scale(0.94)' },
    { opacity: 1, transform: 'none' },
  ]
  element.animate(frames, { duration: CALM_MS, easing: EASE })
}

/**
 * @param boxes where each tile is to be, by key; its elements are read after the boxes have been applied
 * @param takeOffset how far a tile had been dragged from its box when it was let go
 */
export function createFlip(
  boxes: () => ReadonlyMap<string, Box>,
  elements: ReadonlyMap<string, HTMLElement>,
  takeOffset: (key: string) => { x: number; y: number } | undefined,
): void {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)')
  createEffect<ReadonlyMap<string, Box>>((before) => {
    const now = boxes()
    for (const [key, box] of now) {
      const element = elements.get(key)
      const offset = takeOffset(key)
      const old = before.get(key)
      if (!element || still.matches || before.size === 0) continue
      const from = old && offset ? { ...old, left: old.left + offset.x, top: old.top + offset.y } : old
      if (!from) appear(element)
      else if (offset || jumped(from, box)) slide(element, from, box)
    }
    return now
  }, new Map())
}

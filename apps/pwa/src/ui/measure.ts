/** Sizes of elements and of the window, as signals. */
import { createSignal, onCleanup, onMount } from 'solid-js'
import type { Area } from './grid-layout.ts'

/** The content box of an element, followed through every change. */
export function createSize(element: () => HTMLElement): () => Area {
  const [size, setSize] = createSignal<Area>({ width: 0, height: 0 })
  onMount(() => {
    const read = (): void => {
      const { clientWidth: width, clientHeight: height } = element()
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }))
    }
    const observer = new ResizeObserver(read)
    observer.observe(element())
    read()
    onCleanup(() => observer.disconnect())
  })
  return size
}

function createMediaQuery(query: string): () => boolean {
  const list = window.matchMedia(query)
  const [matches, setMatches] = createSignal(list.matches)
  const update = (): void => void setMatches(list.matches)
  list.addEventListener('change', update)
  onCleanup(() => list.removeEventListener('change', update))
  return matches
}

/** A phone on its side: it has no height to give away. `call.css` has the same limits. */
export const createIsLying = (): (() => boolean) => createMediaQuery('(width >= 480px) and (height < 480px)')

/** Where the look has its one break: below it is a phone. */
export const createIsNarrow = (): (() => boolean) => createMediaQuery('(width < 720px)')

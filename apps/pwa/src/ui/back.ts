/** Back, by button or gesture: it closes what lies on top, and asks before it leaves a call. The one place for it. */
import { createEffect, onCleanup, onMount } from 'solid-js'

/**
 * Each thing that back is to close has an entry in the history, above the page's own, at the same address. Going back
 * then only leaves that entry. One for each thing, rather than one that is pushed anew: browsers skip entries that a
 * page has added without a touch since the last step.
 */
interface Entry {
  /** How many such entries are below and including this one; none on the page's own. */
  layer?: number
  /** @solidjs/router counts the entries here, and would otherwise do so itself. */
  _depth?: number
}

/** A step that the browser doesn't take (there is no such entry) is given up. */
const STEP_MS = 3_000

/** What closes them; the topmost is last. */
const layers: (() => void)[] = []
let askToLeave: (() => void) | undefined
let holds = 0
/** How many of our entries are under the page's feet now. */
let depth = 0
/** The address that they are at. */
let href = ''
/** Where a step of our own leads. */
let awaited: number | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let scheduled = false
/** The call's place in the history, as long as there is one. */
let call = { href: '', place: 0 }

const entry = (): Entry => (history.state as Entry | null) ?? {}
const placeOf = ({ _depth }: Entry): number => _depth ?? history.length - 1

/** Before the router listens: it isn't to hear of steps that lead nowhere. */
export function watchBack(): void {
  depth = entry().layer ?? 0
  href = location.href
  window.addEventListener('popstate', gotStep, { capture: true })
}

function gotStep(event: PopStateEvent): void {
  const { layer = 0 } = entry()
  if (askToLeave && location.href !== call.href) {
    // A longer way back (a choice from the browser's list of pages, entries that it skipped): undone, and asked.
    event.stopImmediatePropagation()
    step(call.place - placeOf(entry()), depth)
    return askToLeave()
  }
  if (depth > 0 && location.href === href) event.stopImmediatePropagation()
  const own = awaited === layer
  const before = depth
  clearTimeout(timer)
  awaited = undefined
  depth = layer
  href = location.href
  call.place = placeOf(entry())
  if (!own && layer < before) closeDownTo(layer)
  schedule()
}

function closeDownTo(layer: number): void {
  const base = askToLeave ? 1 : 0
  for (const close of layers.slice(Math.max(0, layer - base)).toReversed()) close()
  if (layer < base) askToLeave?.()
}

function step(delta: number, to: number): void {
  awaited = to
  history.go(delta)
  clearTimeout(timer)
  timer = setTimeout(() => {
    awaited = undefined
    depth = entry().layer ?? 0
  }, STEP_MS)
}

/** What opens and closes within one task (a list gives way to what was chosen in it) needs no step. */
function schedule(): void {
  if (scheduled) return
  scheduled = true
  queueMicrotask(() => {
    scheduled = false
    settle()
  })
}

function settle(): void {
  if (awaited !== undefined || holds > 0) return
  const wanted = layers.length + (askToLeave ? 1 : 0)
  if (wanted < depth) return step(wanted - depth, wanted)
  href = location.href
  while (depth < wanted) {
    depth += 1
    const state = { ...entry(), layer: depth, _depth: placeOf(entry()) + 1 } satisfies Entry
    history.pushState(state, '')
    call.place = state._depth
  }
}

/** Owner-bound. While `open()`, back calls `close`; what was opened last is closed first. */
export function createLayer(open: () => boolean, close: () => void): void {
  createEffect(() => {
    if (!open()) return
    const layer = (): void => close()
    layers.push(layer)
    schedule()
    onCleanup(() => {
      layers.splice(layers.indexOf(layer), 1)
      schedule()
    })
  })
}

/** Owner-bound: from now on back asks instead of leaving. */
export function createLeaveQuestion(ask: () => void): void {
  onMount(() => {
    call = { href: location.href, place: placeOf(entry()) }
    askToLeave = ask
    schedule()
    onCleanup(() => {
      askToLeave = undefined
      schedule()
    })
  })
}

/** Owner-bound. While `held()` it isn't known yet whether there is a call, after a reload for instance. */
export function createBackHold(held: () => boolean): void {
  createEffect(() => {
    if (!held()) return schedule()
    holds += 1
    onCleanup(() => {
      holds -= 1
      schedule()
    })
  })
}

/** For whoever goes on to another page from within a layer: whether to take the place of its entry. */
export function takeEntry(): boolean {
  const taken = depth > 0
  depth = 0
  return taken
}

/** Who is on the stage: nobody (the grid), whom one has pinned, what is shared, or who speaks. */
import { createEffect, createMemo, createSignal } from 'solid-js'
import type { CallState } from '../call/call-state.ts'
import { recall, remember } from '../storage.ts'

type Layout = 'grid' | 'speaker'

/** One's own tile; the others' are called by their peerId. */
export const SELF = 'self'
const SCREEN = 'screen:'
export const screenKey = (peerId: string): string => SCREEN + peerId
/** Whose screen this is the tile of; `undefined` for anything else. */
export const sharerOf = (key: string): string | undefined =>
  key.startsWith(SCREEN) ? key.slice(SCREEN.length) : undefined

const LAYOUT_KEY = 'maru:layout'

export interface StageView {
  /** The tile on the stage; `undefined` in the grid. */
  focus(): string | undefined
  /** Who shares a screen, in the order in which they began. */
  sharers(): string[]
  pinned(): string | undefined
  /** Pins a tile, or lets it go. */
  pin(key: string): void
  /** There is somebody to lay out. */
  canToggle(): boolean
  /** From the grid to one on the stage, or back. */
  toggle(): void
}

export function createStageView(state: CallState): StageView {
  const [choice, setChoice] = createSignal<Layout>(recall(LAYOUT_KEY) === 'speaker' ? 'speaker' : 'grid')
  /** While something is shared it is on the stage, whatever was chosen for people, until one wants it otherwise. */
  const [sharedChoice, setSharedChoice] = createSignal<Layout>('speaker')
  const [pinned, setPinned] = createSignal<string>()

  const others = createMemo(() => state.participants.map(({ peerId }) => peerId))
  const sharers = createMemo<string[]>((before) => {
    const now = state.participants.filter(({ screen }) => screen).map(({ peerId }) => peerId)
    const lasting = before.filter((peerId) => now.includes(peerId))
    return [...lasting, ...now.filter((peerId) => !lasting.includes(peerId))]
  }, [])
  const isSharing = createMemo(() => sharers().length > 0)
  /** Stays with the last one who spoke until somebody else does. */
  const speaker = createMemo<string | undefined>((before) => {
    const last = state.participants.find(({ peerId }) => peerId === before)
    if (last?.speaking) return before
    return (state.participants.find(({ speaking }) => speaking) ?? last ?? state.participants[0])?.peerId
  })

  const isThere = (key: string): boolean => {
    const sharer = sharerOf(key)
    if (sharer !== undefined) return sharers().includes(sharer)
    return key === SELF ? others().length > 0 : others().includes(key)
  }
  createEffect(() => {
    const key = pinned()
    if (key !== undefined && !isThere(key)) setPinned(undefined)
  })
  createEffect(() => {
    if (!isSharing()) setSharedChoice('speaker')
  })

  const focus = createMemo(() => {
    const key = pinned()
    if (key !== undefined && isThere(key)) return key
    const newest = sharers().at(-1)
    if (newest !== undefined) return sharedChoice() === 'speaker' ? screenKey(newest) : undefined
    return choice() === 'speaker' ? speaker() : undefined
  })
  const choose = (layout: Layout): void => {
    if (isSharing()) return void setSharedChoice(layout)
    setChoice(layout)
    remember(LAYOUT_KEY, layout)
  }

  return {
    focus,
    sharers,
    pinned,
    pin: (key) => void setPinned((old) => (old === key ? undefined : key)),
    canToggle: () => others().length > 0,
    toggle() {
      if (others().length === 0) return
      const next = focus() === undefined ? 'speaker' : 'grid'
      setPinned(undefined)
      choose(next)
    },
  }
}

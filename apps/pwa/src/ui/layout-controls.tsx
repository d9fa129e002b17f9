/** How the stage is laid out: the button for all of it, and the pin of one tile. */
import GalleryThumbnails from 'lucide-solid/icons/gallery-thumbnails'
import LayoutGrid from 'lucide-solid/icons/layout-grid'
import Pin from 'lucide-solid/icons/pin'
import PinOff from 'lucide-solid/icons/pin-off'
import { type JSX, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import type { StageView } from './stage-view.ts'

export function LayoutButton(props: { view: StageView }): JSX.Element {
  const t = useWords()
  const inGrid = () => props.view.focus() === undefined
  const label = () => (inGrid() ? t('layout.speaker') : t('layout.grid'))
  return (
    <Show when={props.view.canToggle()}>
      <button
        type="button"
        class="btn ghost icon below ml-auto"
        aria-label={label()}
        data-tip={label()}
        onClick={() => props.view.toggle()}
      >
        <Show when={inGrid()} fallback={<LayoutGrid size={22} aria-hidden="true" />}>
          <GalleryThumbnails size={22} aria-hidden="true" />
        </Show>
      </button>
    </Show>
  )
}

interface PinButtonProps {
  label: string
  pinned: boolean
  /** A tile in the strip is small: a press anywhere on it brings it to the stage. */
  cover: boolean
  onPress(byPointer: boolean): void
}

/** Seen when the pointer or the focus is on the tile, and as long as it is pinned. */
export function PinButton(props: PinButtonProps): JSX.Element {
  const t = useWords()
  return (
    <button
      type="button"
      class="pin"
      classList={{ pinned: props.pinned, cover: props.cover }}
      aria-label={props.pinned ? t('layout.unpin', props.label) : t('layout.pin', props.label)}
      onClick={(event) => props.onPress(event.detail > 0)}
    >
      <span class="knob">
        <Show when={props.pinned} fallback={<Pin size={20} aria-hidden="true" />}>
          <PinOff size={20} aria-hidden="true" />
        </Show>
      </span>
    </button>
  )
}

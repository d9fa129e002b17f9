/** What somebody shares: shown as a whole, never cut and never mirrored. */
import { createEffect, createSignal, type JSX, on, Show } from 'solid-js'
import ScreenShare from 'lucide-solid/icons/screen-share'
import { useWords } from '../i18n/i18n.tsx'

interface ScreenTileProps {
  /** Whose it is. */
  peerId: string
  label: string
  stream: MediaStream
}

export function ScreenTile(props: ScreenTileProps): JSX.Element {
  const t = useWords()
  const [shown, setShown] = createSignal(false)
  let video!: HTMLVideoElement
  createEffect(
    on(
      () => props.stream,
      (stream) => {
        setShown(false)
        video.srcObject = stream
      },
    ),
  )
  return (
    <div
      class="tile screen"
      role="group"
      aria-label={t('screen.of', props.label)}
      data-screen-of={props.peerId}
    >
      <video
        ref={(element) => {
          video = element
          element.muted = true
        }}
        autoplay
        playsinline
        class="picture whole"
        classList={{ shown: shown() }}
        onLoadedData={() => setShown(true)}
      />
      <Show when={!shown()}>
        <div class="absolute inset-0 grid place-items-center text-muted">
          <ScreenShare size={40} aria-hidden="true" />
        </div>
      </Show>
      <div class="tag">
        <ScreenShare size={15} aria-hidden="true" />
        <span class="truncate">{t('screen.of', props.label)}</span>
      </div>
    </div>
  )
}

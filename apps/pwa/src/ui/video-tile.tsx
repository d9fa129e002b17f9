/** One person on the stage: their picture or initials, name, microphone, and how the connection is. */
import { initialsOf } from '@maru/api-types/text'
import Crown from 'lucide-solid/icons/crown'
import MicOff from 'lucide-solid/icons/mic-off'
import VolumeX from 'lucide-solid/icons/volume-x'
import { createEffect, createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import type { DeviceState, ParticipantConnection } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { Avatar } from './avatar.tsx'

/** People know themselves from the mirror; what the camera at the back of a phone sees they know as it is. */
export const isMirrored = (camera: DeviceState): boolean =>
  camera.kind !== 'on' || camera.facing !== 'environment'

interface VideoTileProps {
  peerId: string
  /** One's own, called "You". */
  self?: boolean
  /** As in a mirror: one's own picture, but for what the camera at a phone's back sees. */
  mirrored?: boolean
  isHost: boolean
  /** As it is shown, with its number if others are called the same. */
  label: string
  /** Whose initials are drawn. */
  name: string
  color: number
  stream: MediaStream | undefined
  hasPicture: boolean
  mic: boolean
  speaking: boolean
  connection?: ParticipantConnection
  /** Another tab of one's own: its sound isn't played here. */
  silentHere?: boolean
  /** The small card on a phone: nothing but the picture and the name. */
  small?: boolean
  /** Whether the tile is wider than high. */
  wide: boolean
  /** What lies on the picture. */
  children?: JSX.Element
}

export function VideoTile(props: VideoTileProps): JSX.Element {
  const t = useWords()
  return (
    <div
      class="tile"
      classList={{ speaking: props.speaking, small: props.small ?? false }}
      role="group"
      aria-label={props.label}
      data-peer-id={props.peerId}
      data-self={props.self ? '' : undefined}
    >
      <Picture
        stream={props.stream}
        shown={props.hasPicture}
        mirrored={props.mirrored ?? false}
        wide={props.wide}
      />
      <Show when={!props.hasPicture}>
        <div class="absolute inset-0 grid place-items-center">
          <div class="grid justify-items-center gap-3 px-3 text-center">
            <Avatar class="big" initials={initialsOf(props.name)} color={props.color} />
            <Show when={props.connection === 'failed' && !props.small}>
              <p class="max-w-[26em] text-s">{t('call.failedText')}</p>
            </Show>
          </div>
        </div>
      </Show>
      <ConnectionPill connection={props.connection} />
      {props.children}
      <div class="tag">
        <Show when={!props.mic}>
          <MicOff size={15} aria-hidden="true" />
          <span class="sr-only">{t('call.micOff')}</span>
        </Show>
        <Show when={props.silentHere}>
          <VolumeX size={15} aria-hidden="true" />
          <span class="sr-only">{t('call.ownUser')}</span>
        </Show>
        <span class="truncate">{props.label}</span>
        <Show when={props.isHost}>
          <span class="host">
            <Show when={props.small} fallback={t('people.host')}>
              <Crown size={14} aria-hidden="true" />
              <span class="sr-only">{t('people.host')}</span>
            </Show>
          </span>
        </Show>
        <Show when={props.speaking}>
          <span class="sr-only">{t('call.speaking')}</span>
        </Show>
      </div>
    </div>
  )
}

function ConnectionPill(props: { connection: ParticipantConnection | undefined }): JSX.Element {
  const t = useWords()
  return (
    <Switch>
      <Match when={props.connection === 'connecting'}>
        <p class="note">{t('call.connecting')}</p>
      </Match>
      <Match when={props.connection === 'reconnecting'}>
        <p class="note">{t('call.reconnecting')}</p>
      </Match>
      <Match when={props.connection === 'failed'}>
        <p class="note">{t('call.failed')}</p>
      </Match>
    </Switch>
  )
}

interface PictureProps {
  stream: MediaStream | undefined
  shown: boolean
  mirrored: boolean
  wide: boolean
}

export function Picture(props: PictureProps): JSX.Element {
  const [upright, setUpright] = createSignal(false)
  let video!: HTMLVideoElement

  createEffect(() => {
    const stream = props.stream ?? null
    if (video.srcObject !== stream) video.srcObject = stream
  })
  // `resize` also fires for the first size, and when a phone is turned.
  const readSize = (): void => void setUpright(video.videoHeight > video.videoWidth)

  return (
    <video
      ref={(element) => {
        video = element
        // The attribute of a cloned template doesn't mute, and an unmuted video isn't allowed to start by itself.
        element.muted = true
      }}
      autoplay
      playsinline
      class="picture"
      classList={{ shown: props.shown, mirrored: props.mirrored, whole: upright() && props.wide }}
      onResize={readSize}
      onLoadedMetadata={readSize}
    />
  )
}

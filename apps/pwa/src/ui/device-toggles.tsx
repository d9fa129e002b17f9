/** Microphone and camera on and off: the same two buttons at the door and in the call. */
import Mic from 'lucide-solid/icons/mic'
import MicOff from 'lucide-solid/icons/mic-off'
import Video from 'lucide-solid/icons/video'
import VideoOff from 'lucide-solid/icons/video-off'
import { type JSX, Show } from 'solid-js'
import type { CallControls, DeviceState, LocalState } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'

/** On, or on its way: what a press would change is the same. */
export const isOn = (state: DeviceState): boolean => state.kind === 'on' || state.kind === 'starting'

interface DeviceTogglesProps {
  local: LocalState
  controls: CallControls
  class?: string
  /** Something was to be switched on that has a problem: it is tried again, and somebody should hear why. */
  onProblem?(): void
}

export function DeviceToggles(props: DeviceTogglesProps): JSX.Element {
  const t = useWords()
  return (
    <>
      <Toggle
        state={props.local.microphone}
        class={props.class}
        on={<Mic size={22} aria-hidden="true" />}
        off={<MicOff size={22} aria-hidden="true" />}
        label={isOn(props.local.microphone) ? t('device.mute') : t('device.unmute')}
        onSwitch={(on) => props.controls.setMicrophone(on)}
        onProblem={() => props.onProblem?.()}
      />
      <Toggle
        state={props.local.camera}
        class={props.class}
        on={<Video size={22} aria-hidden="true" />}
        off={<VideoOff size={22} aria-hidden="true" />}
        label={isOn(props.local.camera) ? t('device.stopCamera') : t('device.startCamera')}
        onSwitch={(on) => props.controls.setCamera(on)}
        onProblem={() => props.onProblem?.()}
      />
    </>
  )
}

interface ToggleProps {
  state: DeviceState
  class: string | undefined
  label: string
  on: JSX.Element
  off: JSX.Element
  onSwitch(on: boolean): void
  onProblem(): void
}

function Toggle(props: ToggleProps): JSX.Element {
  const press = (): void => {
    const troubled = props.state.kind === 'problem'
    props.onSwitch(!isOn(props.state))
    if (troubled) props.onProblem()
  }
  return (
    <button
      type="button"
      class={`btn round ${props.class ?? ''}`}
      classList={{ off: !isOn(props.state) }}
      aria-label={props.label}
      data-tip={props.label}
      onClick={press}
    >
      <Show when={isOn(props.state)} fallback={props.off}>
        {props.on}
      </Show>
      <Show when={props.state.kind === 'problem'}>
        <span class="badge warn" aria-hidden="true">
          !
        </span>
      </Show>
    </button>
  )
}

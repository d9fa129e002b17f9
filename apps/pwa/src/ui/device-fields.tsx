/** Which microphone, camera and speaker: native selects, at the door and in the call. */
import ChevronDown from 'lucide-solid/icons/chevron-down'
import Mic from 'lucide-solid/icons/mic'
import Video from 'lucide-solid/icons/video'
import Volume2 from 'lucide-solid/icons/volume-2'
import { createMemo, createUniqueId, For, type JSX, Show } from 'solid-js'
import type { CallControls, Device, DeviceState, LocalState } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { LevelMeter } from './level-meter.tsx'

interface DeviceFieldsProps {
  local: LocalState
  controls: CallControls
}

export function DeviceFields(props: DeviceFieldsProps): JSX.Element {
  const t = useWords()
  const microphone = createChosen(() => props.local.microphone)
  const camera = createChosen(() => props.local.camera)
  return (
    <>
      <DeviceField
        label={t('device.microphone')}
        icon={<Mic size={20} aria-hidden="true" />}
        devices={props.local.microphones}
        state={props.local.microphone}
        chosen={microphone()}
        onChoose={(id) => props.controls.chooseMicrophone(id)}
      >
        <Show when={props.local.microphone.kind === 'on'}>
          <LevelMeter level={props.local.level} />
        </Show>
      </DeviceField>
      <DeviceField
        label={t('device.camera')}
        icon={<Video size={20} aria-hidden="true" />}
        devices={props.local.cameras}
        state={props.local.camera}
        chosen={camera()}
        onChoose={(id) => props.controls.chooseCamera(id)}
      />
      <Show when={props.local.speakers.length > 0}>
        <DeviceField
          label={t('device.speaker')}
          icon={<Volume2 size={20} aria-hidden="true" />}
          devices={props.local.speakers}
          chosen={props.local.speakerId}
          onChoose={(id) => props.controls.chooseSpeaker(id)}
        />
      </Show>
    </>
  )
}

/** The device in use; while it is off, the one that was used last. */
const createChosen = (state: () => DeviceState): (() => string | undefined) =>
  createMemo<string | undefined>((last) => {
    const now = state()
    return now.kind === 'on' ? now.deviceId : last
  })

interface DeviceFieldProps {
  label: string
  icon: JSX.Element
  devices: Device[]
  /** With a problem and nothing to choose from, the problem's own words say all there is to say. */
  state?: DeviceState
  chosen: string | undefined
  onChoose(deviceId: string): void
  /** Shown inside, before the arrow. */
  children?: JSX.Element
}

function DeviceField(props: DeviceFieldProps): JSX.Element {
  const t = useWords()
  const id = createUniqueId()
  return (
    <Show when={props.devices.length > 0 || props.state?.kind !== 'problem'}>
      <div class="field">
        <label for={id}>{props.label}</label>
        <div class="relative flex items-center">
          <span class="pointer-events-none absolute left-3.5">{props.icon}</span>
          <select
            id={id}
            class="control device"
            disabled={props.devices.length === 0}
            onChange={(event) => props.onChoose(event.currentTarget.value)}
          >
            <For each={props.devices} fallback={<option>{t('device.none')}</option>}>
              {(device, index) => (
                <option value={device.deviceId} selected={device.deviceId === props.chosen}>
                  {device.label ||
                    (device.deviceId === 'default' ? t('device.default') : t('device.unnamed', index() + 1))}
                </option>
              )}
            </For>
          </select>
          <span class="pointer-events-none absolute right-3.5 flex items-center gap-2.5">
            {props.children}
            <ChevronDown size={18} aria-hidden="true" />
          </span>
        </div>
      </div>
    </Show>
  )
}

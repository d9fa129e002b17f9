/** What the shortcuts of a call do. */
import type { CallControls, CallState } from '../call/call-state.ts'
import type { CallDialog } from './call-controls.tsx'
import { isOn } from './device-toggles.tsx'
import { createShortcuts } from './shortcuts.ts'

interface Panels {
  chat(): void
  close(): void
  layout(): void
  dialog(dialog: CallDialog): void
}

/** The same that the buttons do; like them, a device with a problem is tried again and explained. */
export function createCallShortcuts(
  props: { state: CallState; controls: CallControls },
  panels: Panels,
): void {
  const { controls } = props
  const local = () => props.state.local
  const explain = (troubled: boolean) => troubled && panels.dialog('devices')
  createShortcuts({
    microphone() {
      const { microphone } = local()
      const troubled = microphone.kind === 'problem'
      controls.setMicrophone(!isOn(microphone))
      explain(troubled)
    },
    camera() {
      const { camera } = local()
      const troubled = camera.kind === 'problem'
      controls.setCamera(!isOn(camera))
      explain(troubled)
    },
    share() {
      if (local().screen.kind !== 'unavailable') controls.setScreen(local().screen.kind !== 'on')
    },
    chat: () => panels.chat(),
    layout: () => panels.layout(),
    help: () => panels.dialog('shortcuts'),
    close: () => panels.close(),
    talk() {
      if (local().microphone.kind !== 'off') return false
      controls.setMicrophone(true)
      return true
    },
    hush: () => controls.setMicrophone(false),
  })
}

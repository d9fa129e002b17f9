/** Sharing one's own screen: the button, its line on a phone's list, and what it says while it goes on. */
import ScreenShare from 'lucide-solid/icons/screen-share'
import ScreenShareOff from 'lucide-solid/icons/screen-share-off'
import { type JSX, Match, Show, Switch } from 'solid-js'
import type { CallControls, ScreenState } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'

interface ShareProps {
  screen: ScreenState
  controls: CallControls
}

/** Nothing where the browser can't share. */
export function ShareButton(
  props: ShareProps & { class: string; words?: boolean; onDone?(): void },
): JSX.Element {
  const t = useWords()
  const on = () => props.screen.kind === 'on'
  const label = () => (on() ? t('screen.stop') : t('screen.share'))
  const press = (): void => {
    props.controls.setScreen(!on())
    props.onDone?.()
  }
  return (
    <Show when={props.screen.kind !== 'unavailable'}>
      <button
        type="button"
        class={`btn ${props.class}`}
        classList={{ primary: on() }}
        aria-label={label()}
        data-tip={props.words ? undefined : label()}
        onClick={press}
      >
        <Show when={on()} fallback={<ScreenShare size={22} aria-hidden="true" />}>
          <ScreenShareOff size={22} aria-hidden="true" />
        </Show>
        <Show when={props.words}>{label()}</Show>
      </button>
    </Show>
  )
}

/** That one's screen is seen must never be forgotten; why it isn't must never be a riddle. */
export function ShareNotice(props: ShareProps): JSX.Element {
  const t = useWords()
  const systemSaysNo = () => props.screen.kind === 'problem' && props.screen.problem === 'denied-by-system'
  /** The button goes with its banner, and would take the focus with it. */
  const answer = (on: boolean): void => {
    props.controls.setScreen(on)
    document.querySelector('h1')?.focus()
  }
  return (
    <Switch>
      <Match when={props.screen.kind === 'on'}>
        <div class="banner sharing">
          <ScreenShare size={16} aria-hidden="true" />
          <span role="status">{t('screen.on')}</span>
          <button type="button" class="link px-1" onClick={() => answer(false)}>
            {t('screen.stop')}
          </button>
        </div>
      </Match>
      <Match when={props.screen.kind === 'problem'}>
        <div class="banner">
          <span role="alert">{systemSaysNo() ? t('screen.denied') : t('screen.failed')}</span>
          <button
            type="button"
            class="min-h-11 flex-none px-1 underline underline-offset-2"
            onClick={() => answer(true)}
          >
            {t('common.tryAgain')}
          </button>
        </div>
      </Match>
    </Switch>
  )
}

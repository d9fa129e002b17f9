/** Whether one's network address is kept from the others, with a word on why one might want it. */
import { createUniqueId, type JSX, Match, Switch } from 'solid-js'
import type { CallState } from '../call/call-state.ts'
import { hidesAddress, setHidesAddress } from '../hide-address.ts'
import { useWords } from '../i18n/i18n.tsx'
import { createServerInfo } from '../rooms/server-info.ts'

function HideAddressField(props: { hint: string; disabled?: boolean }): JSX.Element {
  const t = useWords()
  const id = createUniqueId()
  return (
    <label class="flex min-h-12 items-start gap-3 rounded-s border border-edge bg-surface px-3.5 py-2.5 has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
      <input
        type="checkbox"
        class="mt-1 size-4 flex-none accent-accent outline-none"
        checked={hidesAddress()}
        disabled={props.disabled ?? false}
        onChange={(event) => setHidesAddress(event.currentTarget.checked)}
        aria-labelledby={`${id}-label`}
        aria-describedby={id}
      />
      <span class="grid">
        <span id={`${id}-label`} class="font-semibold">
          {t('hide.label')}
        </span>
        <span id={id} class="text-s text-muted">
          {props.hint}
        </span>
      </span>
    </label>
  )
}

/** Nothing is shown that would do nothing: without a way around there is no hiding, and where it is the only way, no choice. */
export function HideAddressSetting(): JSX.Element {
  const t = useWords()
  const info = createServerInfo()
  return (
    <Switch>
      <Match when={info()?.icePolicy === 'relay'}>
        <p class="text-s text-muted">{t('hide.always')}</p>
      </Match>
      <Match when={info()?.relay}>
        <fieldset class="min-w-0">
          <legend class="mb-1.5 text-s font-semibold text-muted">{t('hide.legend')}</legend>
          <HideAddressField hint={t('hide.hint')} />
        </fieldset>
      </Match>
    </Switch>
  )
}

/** At the door: offered where strangers may come in, and where what was chosen can't be kept. */
export function HideAddressAtDoor(props: { state: CallState }): JSX.Element {
  const t = useWords()
  return (
    <Switch>
      <Match when={props.state.addressHiding === 'impossible' && hidesAddress()}>
        <div class="notice" role="status">
          <strong>{t('hide.impossibleTitle')}</strong>
          <p class="text-s">{t('hide.impossibleText')}</p>
          <div>
            <button type="button" class="btn mt-1.5" onClick={() => setHidesAddress(false)}>
              {t('hide.impossibleWay')}
            </button>
          </div>
        </div>
      </Match>
      <Match when={props.state.addressHiding === 'possible' && props.state.room?.listed}>
        <HideAddressField hint={t('hide.doorHint')} disabled={props.state.phase.kind !== 'preview'} />
      </Match>
    </Switch>
  )
}

/** What each key does in a call. */
import Keyboard from 'lucide-solid/icons/keyboard'
import { For, type JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'

export function ShortcutSheet(props: { canShare: boolean }): JSX.Element {
  const t = useWords()
  const lines = (): [key: string, does: string][] => [
    ['M', t('keys.microphone')],
    [t('keys.space'), t('keys.talk')],
    ['V', t('keys.camera')],
    ...(props.canShare ? ([['S', t('keys.share')]] satisfies [string, string][]) : []),
    ['C', t('keys.chat')],
    ['L', t('keys.layout')],
    ['Esc', t('keys.close')],
    ['?', t('keys.help')],
  ]
  return (
    <dl class="keys">
      <For each={lines()}>
        {([key, does]) => (
          <div>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        )}
      </For>
    </dl>
  )
}

/** The way to it for whoever has no `?` at hand. */
export function ShortcutsButton(props: { onPress(): void }): JSX.Element {
  const t = useWords()
  return (
    <button type="button" class="btn more" onClick={() => props.onPress()}>
      <Keyboard size={20} aria-hidden="true" />
      {t('keys.title')}
    </button>
  )
}

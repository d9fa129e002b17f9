/** A tab that is a copy of one in the call: which of the two is it to be? */
import type { JSX } from 'solid-js'
import type { CallControls } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { MessagePage } from '../ui/message-page.tsx'

export function DuplicatePage(props: { controls: CallControls }): JSX.Element {
  const t = useWords()
  return (
    <MessagePage title={t('duplicate.title')} text={t('duplicate.text')}>
      <div class="grid gap-4">
        <div class="grid gap-1.5">
          <button type="button" class="btn primary tall" onClick={() => props.controls.moveHere()}>
            {t('duplicate.moveHere')}
          </button>
          <p class="text-s text-muted">{t('duplicate.moveHint')}</p>
        </div>
        <div class="grid gap-1.5">
          <button type="button" class="btn tall" onClick={() => props.controls.joinAgain()}>
            {t('duplicate.joinAgain')}
          </button>
          <p class="text-s text-muted">{t('duplicate.joinHint')}</p>
        </div>
      </div>
    </MessagePage>
  )
}

/** A fault in the app itself, or a chunk that couldn't be loaded. */
import type { JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { reloadFromServer } from '../pwa/service-worker.ts'
import { MessagePage } from '../ui/message-page.tsx'

export function ErrorPage(props: { error: unknown }): JSX.Element {
  const t = useWords()
  // eslint-disable-next-line solid/reactivity
  reportError(props.error)
  return (
    <MessagePage title={t('error.title')} text={t('error.text')}>
      <button type="button" class="btn primary" onClick={() => void reloadFromServer()}>
        {t('common.reload')}
      </button>
    </MessagePage>
  )
}

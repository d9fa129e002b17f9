/** A fault in the app itself, or a chunk that couldn't be loaded. */
import type { JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { reloadFromServer } from '../pwa/service-worker.ts'
import { MessagePage } from '../ui/message-page.tsx'

export function ErrorPage(props: { error: unknown }): JSX.Element {
  const t = useWords()
  /** Each browser has its own words for it: the server has another version by now, or can't be reached. */
  const chunk = () => /dynamically imported module|importing a module script/i.test(String(props.error))
  if (!chunk()) reportError(props.error)
  return (
    <MessagePage
      title={chunk() ? t('error.chunkTitle') : t('error.title')}
      text={chunk() ? t('error.chunkText') : t('error.text')}
    >
      <button type="button" class="btn primary" onClick={() => void reloadFromServer()}>
        {t('common.reload')}
      </button>
      {/* Not through the router: what failed here may be what it would go on with. */}
      <a href="/doctor" rel="external" class="btn">
        {t('check.link')}
      </a>
    </MessagePage>
  )
}

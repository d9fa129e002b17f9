/** An address that leads nowhere. */
import type { JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { MessagePage } from '../ui/message-page.tsx'

export default function NotFoundPage(): JSX.Element {
  const t = useWords()
  return (
    <MessagePage title={t('notFound.title')} text={t('notFound.text')}>
      <a href="/" class="btn primary">
        {t('common.home')}
      </a>
    </MessagePage>
  )
}

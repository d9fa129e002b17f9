/** `/doctor`, which people know as the connection check; `/doctor#<room>` from a room that one may enter. */
import { ID_PATTERN } from '@maru/api-types/ids'
import { useLocation } from '@solidjs/router'
import type { JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { roomPath } from '../rooms/room-link.ts'
import ConnectionCheck from '../ui/connection-check.tsx'
import { createTitle, focusHeading } from '../ui/page.ts'
import { PageHeader } from '../ui/page-header.tsx'

export default function CheckPage(): JSX.Element {
  const t = useWords()
  const location = useLocation()
  createTitle(() => t('check.title'))
  const roomId = (): string | undefined => {
    const id = location.hash.slice(1)
    return ID_PATTERN.test(id) ? id : undefined
  }
  return (
    <div>
      <PageHeader>
        <a href={roomId() === undefined ? '/' : roomPath(roomId()!)} class="btn ghost">
          {t('common.back')}
        </a>
      </PageHeader>
      <main class="rise mx-auto grid w-full max-w-[640px] gap-6 px-5 pt-6 pb-12">
        <div class="grid gap-2">
          <h1 ref={focusHeading} tabindex="-1" class="text-2xl font-bold">
            {t('check.title')}
          </h1>
        </div>
        <ConnectionCheck devices roomId={roomId()} />
      </main>
    </div>
  )
}

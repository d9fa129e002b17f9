/** The way back to the rooms of the last days; it stands below what is going on now. */
import { For, type JSX, Show } from 'solid-js'
import { useLanguage } from '../i18n/i18n.tsx'
import { ago } from '../i18n/time.ts'
import { forgetRecentRooms, recentRooms } from '../rooms/recent-rooms.ts'
import { roomPath } from '../rooms/room-link.ts'
import { createMinuteClock } from '../rooms/room-list.ts'

export function RecentRooms(): JSX.Element {
  const { t, language } = useLanguage()
  const now = createMinuteClock()
  const forgetAll = (): void => {
    forgetRecentRooms()
    // The button has gone with them.
    document.querySelector('h1')?.focus()
  }
  return (
    <Show when={recentRooms().length > 0}>
      <section aria-labelledby="recent-rooms">
        <div class="mb-1 flex items-center justify-between gap-3">
          <h2 id="recent-rooms" class="font-semibold text-muted">
            {t('recent.title')}
          </h2>
          <button type="button" class="link text-s" onClick={forgetAll} aria-label={t('recent.forgetLabel')}>
            {t('recent.forget')}
          </button>
        </div>
        <ul class="flex flex-wrap gap-2">
          <For each={recentRooms()}>
            {(room) => (
              <li class="max-w-full">
                <a class="btn max-w-full" href={roomPath(room.roomId)}>
                  <span class="min-w-0 truncate">{room.name}</span>
                  <span class="flex-none text-s font-normal text-muted">
                    {ago(now() - room.at, language()) ?? t('card.justNow')}
                  </span>
                </a>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  )
}

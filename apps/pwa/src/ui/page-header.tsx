/** The line at the top of every page but the call. */
import { initialsOf } from '@maru/api-types/text'
import { type JSX, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { profile } from '../profile.ts'
import { Avatar } from './avatar.tsx'
import { Mark } from './mark.tsx'

interface PageHeaderProps {
  /** Instead of the way to the settings. */
  children?: JSX.Element
}

export function PageHeader(props: PageHeaderProps): JSX.Element {
  const t = useWords()
  return (
    <header class="flex items-center gap-3 px-[clamp(16px,4vw,40px)] py-3 pt-[max(12px,env(safe-area-inset-top))]">
      <a href="/" class="flex min-h-11 items-center gap-3 rounded-s" aria-label={t('app.home')}>
        <Mark />
        <span class="text-[1.25rem] font-bold tracking-tight" aria-hidden="true">
          maru
        </span>
      </a>
      <span class="flex-1" />
      <Show when={props.children === undefined} fallback={props.children}>
        <Show when={profile()}>
          {(me) => (
            <a
              href="/settings"
              class="grid size-11 place-items-center rounded-round"
              aria-label={t('common.settings')}
            >
              <Avatar initials={initialsOf(me().name)} color={me().color} />
            </a>
          )}
        </Show>
      </Show>
    </header>
  )
}

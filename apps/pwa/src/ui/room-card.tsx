/** One open room in the list. */
import type { RoomRow } from '@maru/api-types'
import Lock from 'lucide-solid/icons/lock'
import { type JSX, Match, Switch } from 'solid-js'
import { ago } from '../i18n/time.ts'
import { useLanguage } from '../i18n/i18n.tsx'
import { roomPath } from '../rooms/room-link.ts'
import { AvatarStack } from './avatar.tsx'

interface RoomCardProps {
  room: RoomRow
  /** By the server's clock. */
  now: number
}

export function RoomCard(props: RoomCardProps): JSX.Element {
  const { t, language } = useLanguage()
  const since = () => ago(props.now - props.room.since, language()) ?? t('card.justNow')
  const href = () => roomPath(props.room.roomId)

  return (
    <article class="card grid content-between gap-3.5 p-[18px]">
      <div class="min-w-0">
        <h3 class="line-clamp-2 text-l font-bold tracking-tight">{props.room.name}</h3>
        <p class="mt-0.5 text-s text-muted tabular-nums">
          <span class="sr-only">{t('card.countLabel', props.room.count, props.room.capacity)}</span>
          <span aria-hidden="true">{t('card.count', props.room.count, props.room.capacity)}</span>
          {' · '}
          {since()}
        </p>
      </div>
      <div class="flex min-h-11 items-center justify-between gap-3">
        <AvatarStack people={props.room.people} count={props.room.count} />
        <Switch
          fallback={
            <a class="btn primary" href={href()} aria-label={t('card.joinLabel', props.room.name)}>
              {t('card.join')}
            </a>
          }
        >
          <Match when={props.room.locked}>
            <a class="btn text-muted!" href={href()} aria-label={t('card.lockedLabel', props.room.name)}>
              <Lock size={16} aria-hidden="true" />
              {t('card.locked')}
            </a>
          </Match>
          <Match when={props.room.count >= props.room.capacity}>
            <a class="btn text-muted!" href={href()} aria-label={t('card.fullLabel', props.room.name)}>
              {t('card.full')}
            </a>
          </Match>
        </Switch>
      </div>
    </article>
  )
}

export function RoomCardSkeleton(): JSX.Element {
  return (
    <div class="card grid gap-3.5 p-[18px]">
      <div class="grid gap-2">
        <div class="skeleton h-[22px] w-3/5" />
        <div class="skeleton h-4 w-2/5" />
      </div>
      <div class="flex h-11 items-center justify-between">
        <div class="skeleton size-[34px] rounded-round" />
        <div class="skeleton h-11 w-20 rounded-round" />
      </div>
    </div>
  )
}

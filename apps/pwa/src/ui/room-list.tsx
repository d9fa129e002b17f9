/** The open rooms: live, searched when there are many, and honest when there is nothing to show. */
import Plus from 'lucide-solid/icons/plus'
import WifiOff from 'lucide-solid/icons/wifi-off'
import { createMemo, createSignal, For, type JSX, Match, Show, Switch } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { createDeviceOnline } from '../rooms/device-online.ts'
import { createMinuteClock, createRoomList } from '../rooms/room-list.ts'
import { RoomCard, RoomCardSkeleton } from './room-card.tsx'

/** From here on a list is searched rather than read. */
const SEARCH_ABOVE = 8

const fold = (text: string): string => text.normalize('NFKC').toLowerCase()

export function RoomList(props: { onNewRoom(): void }): JSX.Element {
  const t = useWords()
  const list = createRoomList()
  const now = createMinuteClock()
  const [query, setQuery] = createSignal('')
  const searchable = () => list.rooms().length > SEARCH_ABOVE
  const found = createMemo(() => {
    const wanted = searchable() ? fold(query().trim()) : ''
    return wanted === '' ? list.rooms() : list.rooms().filter((room) => fold(room.name).includes(wanted))
  })
  // By id, so that a card that stays keeps its element, and with it the focus.
  const ids = createMemo(() => found().map((room) => room.roomId))

  return (
    <section aria-labelledby="open-rooms">
      <div class="mb-3.5 flex min-h-11 flex-wrap items-center gap-x-3 gap-y-2">
        <h2 id="open-rooms" class="text-l font-bold">
          {t('home.openRooms')}
        </h2>
        <Show when={list.kind() === 'rooms'}>
          <span class="flex items-center gap-1.5 text-s text-muted">
            <Show when={list.connected() && !list.outdated()} fallback={t('home.stale')}>
              <i class="size-[7px] rounded-round bg-accent" />
              {t('home.live')}
            </Show>
          </span>
        </Show>
        <Show when={searchable() && list.kind() === 'rooms'}>
          <input
            type="search"
            class="control ml-auto max-wide:w-full wide:max-w-[280px]"
            placeholder={t('home.search')}
            aria-label={t('home.search')}
            value={query()}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </Show>
      </div>

      <Switch>
        <Match when={list.outdated()}>
          <Outdated />
        </Match>
        <Match when={!list.connected()}>
          <ConnectionNotice />
        </Match>
      </Switch>

      <Switch>
        <Match when={list.kind() === 'loading' && (list.outdated() || !list.connected())}>{null}</Match>
        <Match when={list.kind() === 'loading'}>
          <div class="rooms" aria-busy="true">
            <span class="sr-only" role="status">
              {t('common.loading')}
            </span>
            <For each={[1, 2, 3]}>{() => <RoomCardSkeleton />}</For>
          </div>
        </Match>
        <Match when={list.kind() === 'off'}>
          <Nothing title={t('home.listOffTitle')} text={t('home.listOffText')} />
        </Match>
        <Match when={list.rooms().length === 0}>
          <Nothing title={t('home.emptyTitle')} text={t('home.emptyText')} />
        </Match>
        <Match when={found().length === 0}>
          <p class="py-8 text-center text-muted" role="status">
            {t('home.searchEmpty', query().trim())}
          </p>
        </Match>
        <Match when={true}>
          <div class="rooms">
            <For each={ids()}>
              {(roomId) => (
                <Show when={found().find((room) => room.roomId === roomId)}>
                  {(room) => <RoomCard room={room()} now={now() + list.clockOffset()} />}
                </Show>
              )}
            </For>
            <button
              type="button"
              class="grid min-h-[132px] place-content-center justify-items-center gap-2 rounded-m border border-dashed border-edge p-4 text-muted hover:text-text"
              onClick={() => props.onNewRoom()}
            >
              <Plus size={24} aria-hidden="true" />
              {t('home.newRoomCard')}
            </button>
          </div>
        </Match>
      </Switch>
    </section>
  )
}

function Nothing(props: { title: string; text: string }): JSX.Element {
  return (
    <div class="grid justify-items-center gap-1.5 rounded-m border border-dashed border-edge px-6 py-12 text-center">
      <p class="text-l font-bold">{props.title}</p>
      <p class="max-w-[34em] text-muted">{props.text}</p>
    </div>
  )
}

function Outdated(): JSX.Element {
  const t = useWords()
  return (
    <div class="notice mb-3.5" role="status">
      <strong>{t('left.tooOldTitle')}</strong>
      <p>{t('left.tooOldText')}</p>
      <div>
        <button type="button" class="btn mt-1.5" onClick={() => location.reload()}>
          {t('common.reload')}
        </button>
      </div>
    </div>
  )
}

function ConnectionNotice(): JSX.Element {
  const t = useWords()
  const online = createDeviceOnline()
  return (
    <div class="notice mb-3.5" role="status">
      <strong class="flex items-center gap-2">
        <WifiOff size={18} aria-hidden="true" />
        {online() ? t('home.offlineTitle') : t('home.youAreOffline')}
      </strong>
      <p>{t('home.offlineText')}</p>
    </div>
  )
}

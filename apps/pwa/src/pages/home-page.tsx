/** The main page: who you are, the open rooms, and a room of your own. */
import Link from 'lucide-solid/icons/link'
import Plus from 'lucide-solid/icons/plus'
import { createSignal, type JSX, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { profile } from '../profile.ts'
import { Dialog } from '../ui/dialog.tsx'
import { JoinByLinkDialog } from '../ui/join-by-link-dialog.tsx'
import { NameForm } from '../ui/name-form.tsx'
import { NewRoomDialog } from '../ui/new-room-dialog.tsx'
import { createTitle, focusHeading } from '../ui/page.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { RecentRooms } from '../ui/recent-rooms.tsx'
import { RoomList } from '../ui/room-list.tsx'
import { Welcome } from '../ui/welcome.tsx'

export function HomePage(): JSX.Element {
  const t = useWords()
  createTitle(() => undefined)
  return (
    <Show when={profile()} fallback={<Welcome title={t('welcome.title')} text={t('welcome.text')} />}>
      {(me) => <Rooms name={me().name} />}
    </Show>
  )
}

type OpenDialog = 'new-room' | 'link' | 'name' | undefined

/** The installed app's shortcut opens `/?new`; a reload must not ask again. */
function takeShortcut(): OpenDialog {
  if (!new URLSearchParams(location.search).has('new')) return undefined
  history.replaceState(history.state, '', '/')
  return 'new-room'
}

function Rooms(props: { name: string }): JSX.Element {
  const t = useWords()
  const [dialog, setDialog] = createSignal<OpenDialog>(takeShortcut())
  const close = (which: OpenDialog) => () => setDialog((open) => (open === which ? undefined : open))

  return (
    <div>
      <PageHeader />
      <main class="rise mx-auto grid w-full max-w-[1080px] gap-9 px-[clamp(16px,4vw,40px)] pt-[clamp(12px,4vh,40px)] pb-12">
        <section class="grid items-end gap-5 wide:grid-cols-[1fr_auto]">
          <div class="min-w-0">
            <div class="flex flex-wrap items-center gap-x-3">
              <h1 ref={focusHeading} tabindex="-1" class="text-2xl font-bold">
                {t('home.greeting', props.name)}
              </h1>
              <button
                type="button"
                class="link"
                aria-label={t('name.changeLabel')}
                onClick={() => setDialog('name')}
              >
                {t('name.change')}
              </button>
            </div>
            <p class="mt-1 max-w-[34em] text-l text-muted">{t('home.text')}</p>
          </div>
          <div class="flex flex-wrap gap-2.5 *:flex-auto *:whitespace-nowrap">
            <button type="button" class="btn" onClick={() => setDialog('link')}>
              <Link size={20} aria-hidden="true" />
              {t('home.joinByLink')}
            </button>
            <button type="button" class="btn primary" onClick={() => setDialog('new-room')}>
              <Plus size={20} aria-hidden="true" />
              {t('home.newRoom')}
            </button>
          </div>
        </section>
        <RoomList onNewRoom={() => setDialog('new-room')} />
        <RecentRooms />
      </main>
      <NewRoomDialog open={dialog() === 'new-room'} onClose={close('new-room')} />
      <JoinByLinkDialog open={dialog() === 'link'} onClose={close('link')} />
      <Dialog open={dialog() === 'name'} title={t('name.changeTitle')} onClose={close('name')}>
        <NameForm action={t('common.save')} autofocus onSaved={close('name')} />
      </Dialog>
    </div>
  )
}

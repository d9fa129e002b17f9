/** After the call: each way in which it can end has its words and one way on. */
import type { RoomInfo } from '@maru/api-types'
import type { FinalReason } from '@maru/api-types/room-error'
import { createSignal, type JSX, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { profile } from '../profile.ts'
import { reloadFromServer } from '../pwa/service-worker.ts'
import { InstallHint } from '../ui/install-hint.tsx'
import { MessagePage } from '../ui/message-page.tsx'
import { NewRoomDialog } from '../ui/new-room-dialog.tsx'

interface EndedPageProps {
  reason: FinalReason
  room: RoomInfo | undefined
  isHost: boolean
  /** Back to the door, as a new presence. */
  onAgain(): void
}

interface Ending {
  title: string
  text: string | undefined
  way?: { label: string; go(): void }
}

export function EndedPage(props: EndedPageProps): JSX.Element {
  const t = useWords()
  const again = (label: string) => ({ label, go: () => props.onAgain() })
  const ending = (): Ending => {
    switch (props.reason) {
      case 'left':
        return {
          title: t('left.title'),
          text: props.room && t('left.text', props.room.name),
          way: again(t('left.rejoin')),
        }
      case 'removed':
        return { title: t('left.removedTitle'), text: t('left.removedText') }
      case 'ended':
        return {
          title: props.isHost ? t('left.endedByYouTitle') : t('left.endedTitle'),
          text: t('left.endedText'),
          way: again(t('left.backToDoor')),
        }
      case 'replaced':
        return {
          title: t('left.replacedTitle'),
          text: t('left.replacedText'),
          way: again(t('left.replacedWay')),
        }
      case 'room-full':
        return { title: t('left.fullTitle'), text: t('left.fullText'), way: again(t('left.backToDoor')) }
      case 'room-locked':
        return { title: t('left.lockedTitle'), text: t('left.lockedText'), way: again(t('left.backToDoor')) }
      case 'not-found':
        return { title: t('gone.title'), text: t('gone.text') }
      case 'too-old':
        return {
          title: t('left.tooOldTitle'),
          text: t('left.tooOldText'),
          way: { label: t('common.reload'), go: () => void reloadFromServer() },
        }
    }
  }
  return (
    <Show when={props.reason !== 'not-found'} fallback={<RoomGonePage />}>
      <MessagePage
        title={ending().title}
        text={ending().text}
        below={
          <Show when={props.reason === 'left'}>
            <InstallHint />
          </Show>
        }
      >
        <Show when={ending().way}>
          {(way) => (
            <button type="button" class="btn primary" onClick={() => way().go()}>
              {way().label}
            </button>
          )}
        </Show>
        <a href="/" class="btn" classList={{ primary: ending().way === undefined }}>
          {t('common.home')}
        </a>
      </MessagePage>
    </Show>
  )
}

/** A room that is gone stays gone: what is offered is a new one, with an id of its own. */
export function RoomGonePage(): JSX.Element {
  const t = useWords()
  const [open, setOpen] = createSignal(false)
  return (
    <>
      <MessagePage title={t('gone.title')} text={t('gone.text')}>
        <Show when={profile()}>
          <button type="button" class="btn primary" onClick={() => setOpen(true)}>
            {t('gone.newRoom')}
          </button>
        </Show>
        <a href="/" class="btn" classList={{ primary: profile() === undefined }}>
          {t('common.home')}
        </a>
      </MessagePage>
      <NewRoomDialog open={open()} onClose={() => setOpen(false)} />
    </>
  )
}

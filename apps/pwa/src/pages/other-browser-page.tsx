/** At the door of a room, in a browser inside another app that keeps the camera from the page: how to get out of it. */
import { createSignal, type JSX, onCleanup, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { roomLink } from '../rooms/room-link.ts'
import { CopyLink } from '../ui/copy-link.tsx'
import { inAppOf, systemBrowserOf, wayOut } from '../ui/in-app.ts'
import { MessagePage } from '../ui/message-page.tsx'

/** Whoever is still here after this long hasn't got out. */
const STUCK_MS = 2_000

interface OtherBrowserPageProps {
  roomId: string
  roomName: string
  /** In without camera and microphone. */
  onStay(): void
}

export function OtherBrowserPage(props: OtherBrowserPageProps): JSX.Element {
  const t = useWords()
  const { userAgent } = navigator
  const app = inAppOf(userAgent)
  const way = (): string | undefined => wayOut(userAgent, roomLink(props.roomId))
  const [stuck, setStuck] = createSignal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  const watch = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => setStuck(true), STUCK_MS)
  }
  onCleanup(() => clearTimeout(timer))

  return (
    <MessagePage
      title={t('otherBrowser.title')}
      text={app ? t('otherBrowser.text', t(`otherBrowser.${app}`)) : t('otherBrowser.textNoApp')}
    >
      <div class="grid w-full min-w-0 max-w-[420px] gap-5 text-left">
        <Show when={!stuck() && way()}>
          {(href) => (
            <a class="btn primary tall" rel="external" href={href()} onClick={watch}>
              {t('otherBrowser.open')}
            </a>
          )}
        </Show>
        <Show when={app}>
          <section class="card grid gap-2 p-5">
            <div role="status">
              <h2 class="text-m font-bold">{stuck() ? t('otherBrowser.stuck') : t('otherBrowser.byHand')}</h2>
            </div>
            <ol class="grid list-decimal gap-1 pl-5">
              <li>{t('otherBrowser.menu')}</li>
              <li>{t('otherBrowser.choose', systemBrowserOf(userAgent))}</li>
            </ol>
          </section>
        </Show>
        <div class="grid gap-2">
          <p class="text-muted">{t('otherBrowser.orCopy')}</p>
          <CopyLink roomId={props.roomId} roomName={props.roomName} quiet={way() !== undefined && !stuck()} />
        </div>
        <button type="button" class="link justify-self-center" onClick={() => props.onStay()}>
          {t('otherBrowser.anyway')}
        </button>
      </div>
    </MessagePage>
  )
}

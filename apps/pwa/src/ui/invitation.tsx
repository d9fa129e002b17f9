/** The link to a room, in every way in which it can be handed on. */
import { ErrorBoundary, type JSX, lazy, Suspense } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { roomLink } from '../rooms/room-link.ts'
import { CopyLink } from './copy-link.tsx'

const QrCode = lazy(() => import('./qr-code.tsx'))

interface InvitationProps {
  roomId: string
  roomName: string
}

export function Invitation(props: InvitationProps): JSX.Element {
  const t = useWords()
  return (
    <div class="grid gap-3">
      <CopyLink roomId={props.roomId} roomName={props.roomName} />
      <div class="mt-1 flex items-center gap-4">
        {/* Whoever can't load it still has the link. */}
        <div class="grid size-[clamp(132px,20dvh,184px)] flex-none overflow-hidden rounded-s border border-line">
          <ErrorBoundary fallback={null}>
            <Suspense>
              <QrCode text={roomLink(props.roomId)} label={t('invite.qr')} />
            </Suspense>
          </ErrorBoundary>
        </div>
        <p class="text-s text-muted">{t('invite.qrHint')}</p>
      </div>
    </div>
  )
}

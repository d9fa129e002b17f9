/** The link to a room, in every way in which it can be handed on. */
import type { JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { roomLink } from '../rooms/room-link.ts'
import { CopyLink } from './copy-link.tsx'
import { QrCode } from './qr-code.tsx'

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
        <QrCode
          class="size-[clamp(132px,20dvh,184px)] flex-none border border-line"
          text={roomLink(props.roomId)}
          label={t('invite.qr')}
        />
        <p class="text-s text-muted">{t('invite.qrHint')}</p>
      </div>
    </div>
  )
}

/** The link to a room, in every way in which it can be handed on. */
import Check from 'lucide-solid/icons/check'
import Copy from 'lucide-solid/icons/copy'
import Share from 'lucide-solid/icons/share-2'
import { createSignal, createUniqueId, type JSX, onCleanup, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { roomLink } from '../rooms/room-link.ts'
import { QrCode } from './qr-code.tsx'

interface InvitationProps {
  roomId: string
  roomName: string
}

export function Invitation(props: InvitationProps): JSX.Element {
  const t = useWords()
  const id = createUniqueId()
  const link = () => roomLink(props.roomId)
  const [copied, setCopied] = createSignal<'yes' | 'by-hand'>()
  let input!: HTMLInputElement
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))

  const copy = async (): Promise<void> => {
    clearTimeout(timer)
    try {
      await navigator.clipboard.writeText(link())
      setCopied('yes')
      timer = setTimeout(() => setCopied(undefined), 2_500)
    } catch {
      // No clipboard on an insecure origin, or it was refused: the person's own copy always works.
      input.select()
      setCopied('by-hand')
    }
  }
  const share = async (): Promise<void> => {
    try {
      await navigator.share({ title: props.roomName, url: link() })
    } catch {
      // Closed without sharing.
    }
  }

  return (
    <div class="grid gap-3">
      <div class="field">
        <label for={id}>{t('invite.link')}</label>
        <input
          ref={input}
          id={id}
          class="control text-m! truncate"
          type="text"
          readonly
          value={link()}
          onFocus={(event) => event.currentTarget.select()}
        />
      </div>
      <div class="flex flex-wrap gap-2.5 *:flex-auto">
        <button type="button" class="btn primary" onClick={() => void copy()}>
          <Show when={copied() === 'yes'} fallback={<Copy size={18} aria-hidden="true" />}>
            <Check size={18} aria-hidden="true" />
          </Show>
          {copied() === 'yes' ? t('invite.copied') : t('invite.copy')}
        </button>
        <Show when={'share' in navigator}>
          <button type="button" class="btn" onClick={() => void share()}>
            <Share size={18} aria-hidden="true" />
            {t('invite.share')}
          </button>
        </Show>
      </div>
      <p class="sr-only" role="status">
        {copied() === 'yes' ? t('invite.copied') : ''}
      </p>
      <Show when={copied() === 'by-hand'}>
        <p class="text-s text-muted" role="status">
          {t('invite.copyByHand')}
        </p>
      </Show>
      <div class="mt-1 flex items-center gap-4">
        <QrCode
          class="size-[clamp(132px,20dvh,184px)] flex-none border border-line"
          text={link()}
          label={t('invite.qr')}
        />
        <p class="text-s text-muted">{t('invite.qrHint')}</p>
      </div>
    </div>
  )
}

/** The link to a room: to be copied, or shared where the device can. */
import Check from 'lucide-solid/icons/check'
import Copy from 'lucide-solid/icons/copy'
import Share from 'lucide-solid/icons/share-2'
import { createSignal, createUniqueId, type JSX, onCleanup, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { roomLink } from '../rooms/room-link.ts'

interface CopyLinkProps {
  roomId: string
  /** What it is called when it is shared. */
  roomName: string
  /** There is something more important to press. */
  quiet?: boolean
}

export function CopyLink(props: CopyLinkProps): JSX.Element {
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
        <button type="button" class="btn" classList={{ primary: !props.quiet }} onClick={() => void copy()}>
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
    </div>
  )
}

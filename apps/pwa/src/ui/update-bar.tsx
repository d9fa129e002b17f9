/** A new version is there. It waits for as long as the person likes. */
import { type JSX, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { acceptOffer } from '../pwa/accept-offer.ts'
import { offer } from '../pwa/service-worker.ts'

export default function UpdateBar(): JSX.Element {
  const t = useWords()
  return (
    <div class="rise flex flex-wrap items-center justify-center gap-x-4 gap-y-1 border-t border-line bg-surface px-4 pt-2 pb-[max(8px,env(safe-area-inset-bottom))]">
      <Show when={offer() === 'ready'} fallback={<p class="py-2.5">{t('update.held')}</p>}>
        <p>{t('update.ready')}</p>
        <button type="button" class="btn" onClick={() => void acceptOffer()}>
          {t('update.accept')}
        </button>
      </Show>
    </div>
  )
}

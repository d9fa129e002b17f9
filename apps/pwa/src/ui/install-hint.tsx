/** After a call: Maru can live on the home screen. Said once, and gone for good when dismissed. */
import Download from 'lucide-solid/icons/download'
import { type JSX, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { dismissInstallHint, install, installWay } from '../pwa/install.ts'

export function InstallHint(): JSX.Element {
  const t = useWords()
  const dismiss = (): void => {
    dismissInstallHint()
    // The button has gone with it.
    document.querySelector('h1')?.focus()
  }
  return (
    <Show when={installWay() !== 'none'}>
      <section class="card mt-6 grid w-full gap-2 p-5 text-left" aria-labelledby="install-hint">
        <h2 id="install-hint" class="text-l font-bold">
          {t('install.title')}
        </h2>
        <p class="text-muted">{t('install.text')}</p>
        <Show when={installWay() === 'by-hand'}>
          <ol class="grid list-decimal gap-1 pl-5">
            <li>{t('install.ios.share')}</li>
            <li>{t('install.ios.add')}</li>
          </ol>
        </Show>
        <div class="mt-1 flex flex-wrap gap-x-5 gap-y-1">
          <Show when={installWay() === 'button'}>
            <button type="button" class="btn" onClick={() => void install()}>
              <Download size={18} aria-hidden="true" />
              {t('install.install')}
            </button>
          </Show>
          <button type="button" class="link" onClick={dismiss}>
            {t('install.dismiss')}
          </button>
        </div>
      </section>
    </Show>
  )
}

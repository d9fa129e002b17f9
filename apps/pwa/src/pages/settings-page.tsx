/** Name, language and appearance. */
import { createSignal, type JSX, Show } from 'solid-js'
import { LANGUAGE_NAMES, LANGUAGES } from '../i18n/language.ts'
import { useLanguage } from '../i18n/i18n.tsx'
import { profile } from '../profile.ts'
import { setTheme, theme, THEMES } from '../theme.ts'
import { ChoiceField } from '../ui/choice-field.tsx'
import { HideAddressSetting } from '../ui/hide-address.tsx'
import { NameForm } from '../ui/name-form.tsx'
import { createTitle, focusHeading } from '../ui/page.ts'
import { PageHeader } from '../ui/page-header.tsx'

export default function SettingsPage(): JSX.Element {
  const { t, language, setLanguage } = useLanguage()
  const [saved, setSaved] = createSignal(false)
  createTitle(() => t('settings.title'))

  return (
    <div>
      <PageHeader>
        <a href="/" class="btn ghost">
          {t('common.back')}
        </a>
      </PageHeader>
      <main class="rise mx-auto grid w-full max-w-[560px] gap-8 px-5 pt-6 pb-12">
        <h1 ref={focusHeading} tabindex="-1" class="text-2xl font-bold">
          {t('settings.title')}
        </h1>
        <section class="card p-5">
          <NameForm
            action={profile() ? t('common.save') : t('name.continue')}
            onSaved={() => setSaved(true)}
          />
          <p class="text-s font-semibold text-accent not-empty:mt-3" role="status">
            <Show when={saved()}>{t('settings.nameSaved')}</Show>
          </p>
        </section>
        <ChoiceField
          legend={t('settings.language')}
          options={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
          value={language()}
          onChange={(chosen) => void setLanguage(chosen).catch(() => undefined)}
        />
        <ChoiceField
          legend={t('settings.theme')}
          options={THEMES.map((value) => ({ value, label: t(`settings.theme.${value}`) }))}
          value={theme()}
          onChange={setTheme}
        />
        <HideAddressSetting />
        <p>
          <a href="/doctor" class="btn">
            {t('check.link')}
          </a>
        </p>
        <p class="text-s text-muted">{t('settings.identity')}</p>
      </main>
    </div>
  )
}

/** The first visit: one question, and nothing else in the way. */
import type { JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { NameForm } from './name-form.tsx'
import { focusHeading } from './page.ts'
import { PageHeader } from './page-header.tsx'

export function Welcome(props: { title: string; text: string }): JSX.Element {
  const t = useWords()
  return (
    <div class="grid min-h-dvh grid-rows-[auto_1fr]">
      <PageHeader />
      <main class="rise mx-auto grid w-full max-w-[1080px] content-center items-center gap-8 px-[clamp(16px,4vw,40px)] pt-2 pb-[max(24px,12vh)] wide:grid-cols-[1.2fr_minmax(300px,400px)] wide:gap-14">
        <div>
          <h1 ref={focusHeading} tabindex="-1" class="text-2xl font-bold">
            {props.title}
          </h1>
          <p class="mt-2 max-w-[34em] text-l text-muted">{props.text}</p>
        </div>
        <div class="card p-5">
          <NameForm action={t('name.continue')} />
        </div>
      </main>
    </div>
  )
}

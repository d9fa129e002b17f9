/** The words of the connection check, loaded with it: `const c = useCheckWords()`, `c('check.start')`. */
import { translator, type Translator } from '@solid-primitives/i18n'
import { createContext, createResource, type JSX, Show, useContext } from 'solid-js'
import type { CheckDictionary } from './check-en.ts'
import { useLanguage } from './i18n.tsx'
import type { Language } from './language.ts'

const load = {
  en: async (): Promise<CheckDictionary> => (await import('./check-en.ts')).checkEn,
  ko: async (): Promise<CheckDictionary> => (await import('./check-ko.ts')).checkKo,
} satisfies Record<Language, () => Promise<CheckDictionary>>

const CheckWordsContext = createContext<Translator<CheckDictionary>>()

/** Suspends until they are there. */
export function CheckWordsProvider(props: { children: JSX.Element }): JSX.Element {
  const { language } = useLanguage()
  const [words] = createResource(language, (chosen) => load[chosen]())
  return (
    <Show when={words()}>
      {(loaded) => (
        <CheckWordsContext.Provider value={translator(() => loaded())}>
          {props.children}
        </CheckWordsContext.Provider>
      )}
    </Show>
  )
}

export function useCheckWords(): Translator<CheckDictionary> {
  const words = useContext(CheckWordsContext)
  if (!words) throw new Error('No CheckWordsProvider around this component')
  return words
}

/** The words of the language in use, for every component: `const t = useWords()`, `t('home.title')`. */
import { translator, type Translator } from '@solid-primitives/i18n'
import { createContext, createSignal, type JSX, useContext } from 'solid-js'
import type { Dictionary } from './en.ts'
import { keepLanguage, type Language } from './language.ts'

/** A chunk of its own for each, so that only the one in use is loaded. */
const load = {
  en: async (): Promise<Dictionary> => (await import('./en.ts')).en,
  ko: async (): Promise<Dictionary> => (await import('./ko.ts')).ko,
} satisfies Record<Language, () => Promise<Dictionary>>

export const loadWords = (language: Language): Promise<Dictionary> => load[language]()

interface Words {
  t: Translator<Dictionary>
  language: () => Language
  /** Rejects, and changes nothing, when the words can't be loaded. */
  setLanguage: (language: Language) => Promise<void>
}

const WordsContext = createContext<Words>()

interface WordsProviderProps {
  language: Language
  words: Dictionary
  children: JSX.Element
}

export function WordsProvider(props: WordsProviderProps): JSX.Element {
  // The first language and its words are given once; afterwards this component owns them.
  // eslint-disable-next-line solid/reactivity
  const [current, setCurrent] = createSignal({ language: props.language, words: props.words })
  document.documentElement.lang = current().language

  const setLanguage = async (language: Language): Promise<void> => {
    const words = await loadWords(language)
    keepLanguage(language)
    document.documentElement.lang = language
    setCurrent({ language, words })
  }

  const value: Words = {
    t: translator(() => current().words),
    language: () => current().language,
    setLanguage,
  }
  return <WordsContext.Provider value={value}>{props.children}</WordsContext.Provider>
}

export function useLanguage(): Words {
  const words = useContext(WordsContext)
  if (!words) throw new Error('No WordsProvider around this component')
  return words
}

export const useWords = (): Translator<Dictionary> => useLanguage().t

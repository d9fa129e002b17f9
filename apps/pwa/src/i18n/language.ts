/** Which language is spoken: `?lang=`, then the choice made in the settings, then the browser's. */
import { recall, remember } from '../storage.ts'

export const LANGUAGES = ['en', 'ko'] as const
export type Language = (typeof LANGUAGES)[number]

/** How each language calls itself: the same on every page, whatever is spoken there. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', ko: '한국어' }

const isLanguage = (value: unknown): value is Language => LANGUAGES.some((language) => language === value)

/** The first of somebody's languages that we speak; English otherwise. */
export function matchLanguage(wanted: readonly string[]): Language {
  const bases = wanted.map((tag) => tag.toLowerCase().split('-')[0])
  return bases.find(isLanguage) ?? 'en'
}

const OVERRIDE = 'maru.lang'

/** A `?lang=` holds for this tab, through its reloads and pages, until the settings say otherwise. */
export function chosenLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang')
  if (isLanguage(asked)) remember(OVERRIDE, asked, 'session')
  const candidates = [asked, recall(OVERRIDE, 'session'), recall('maru.language')]
  return candidates.find(isLanguage) ?? matchLanguage(navigator.languages)
}

export function keepLanguage(language: Language): void {
  remember('maru.language', language)
  remember(OVERRIDE, language, 'session')
}

/** What is said when the words themselves couldn't be loaded. */
export const NO_WORDS: Record<Language, { text: string; reload: string }> = {
  en: { text: 'Maru couldn’t be loaded.', reload: 'Reload' },
  ko: { text: 'Maru를 불러오지 못했어요.', reload: '새로고침' },
}

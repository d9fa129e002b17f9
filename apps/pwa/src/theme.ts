/** Light or dark: the device's wish, unless the settings say otherwise. */
import { createSignal } from 'solid-js'
import { recall, remember } from './storage.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'maru.theme'

const stored = THEMES.find((known) => known === recall(KEY)) ?? 'system'
const [theme, setSignal] = createSignal<Theme>(stored)
export { theme }

/** The stylesheet follows the device by itself (`light-dark()`); only a choice needs the attribute. */
export function applyTheme(chosen: Theme = theme()): void {
  const root = document.documentElement
  if (chosen === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = chosen
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.media.includes('dark') ? 'dark' : 'light'
    meta.content = (chosen === 'system' ? own : chosen) === 'dark' ? '#14120f' : '#faf7f1'
  }
}

export function setTheme(chosen: Theme): void {
  remember(KEY, chosen)
  setSignal(chosen)
  applyTheme(chosen)
}

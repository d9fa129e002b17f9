/** What every page does when it comes up: names the tab, and takes the focus from the page before. */
import { createEffect } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'

/** `Morning stand-up · Maru`. */
export function createTitle(title: () => string | undefined): void {
  const t = useWords()
  createEffect(() => {
    const own = title()
    document.title = own ? `${own} · ${t('app.name')}` : t('app.name')
  })
}

let first = true

/**
 * For the `ref` of a page's heading, which needs `tabindex="-1"`. What was focused has gone with the last page;
 * a screen reader goes on from here. The first page of a visit leaves the focus to the browser.
 */
export function focusHeading(heading: HTMLElement): void {
  if (first) {
    first = false
    return
  }
  queueMicrotask(() => {
    // A field of the new page may have asked for it already.
    if (document.activeElement === null || document.activeElement === document.body) {
      heading.focus({ preventScroll: true })
    }
  })
}

/** The focus stays in the call: when what has it is taken away (somebody leaves), it goes to what is nearest. */
import { onCleanup } from 'solid-js'

const FOCUSABLE = 'button:not(:disabled), a[href], input, textarea, select, [tabindex="0"]'

/** The first thing that can be used in the nearest place around it that is still there. */
function nearest(around: Element[]): HTMLElement | undefined {
  for (const place of around) {
    if (!place.isConnected || place.closest('[inert]')) continue
    const found = [...place.querySelectorAll<HTMLElement>(FOCUSABLE)].find(
      (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]'),
    )
    if (found) return found
  }
  return undefined
}

/** Owner-bound. Whoever has put the focus nowhere (a press on the picture) is left alone. */
export function createFocusKeeper(root: HTMLElement): void {
  let focused: Element | undefined
  let around: Element[] = []
  const stop = new AbortController()
  const { signal } = stop

  root.addEventListener(
    'focusin',
    ({ target }) => {
      focused = target as Element
      around = []
      for (let place = focused.parentElement; place && place !== document.body; place = place.parentElement)
        around.push(place)
    },
    { signal },
  )
  root.addEventListener(
    'focusout',
    ({ target }) => {
      const left = target as Element
      queueMicrotask(() => {
        if (left === focused && left.isConnected && left.checkVisibility()) focused = undefined
      })
    },
    { signal },
  )
  const observer = new MutationObserver(() => {
    if (!focused || focused.isConnected || document.activeElement !== document.body) return
    focused = undefined
    nearest(around)?.focus({ preventScroll: true })
  })
  observer.observe(root, { childList: true, subtree: true })
  onCleanup(() => {
    stop.abort()
    observer.disconnect()
  })
}

/** Where a keyboard on the screen lies over the page (iOS) rather than making it smaller: what is still to be seen. */
import { onCleanup, onMount } from 'solid-js'

/** Less is a browser's bar that comes or goes. */
const KEYBOARD_PX = 100

/** Owner-bound. While there is a keyboard, `data-keyboard` is set, and `--seen-top` and `--seen-height`: `call.css` reads them. */
export function createKeyboardRoom(): void {
  onMount(() => {
    const seen = window.visualViewport
    if (!seen) return
    const { style, dataset } = document.documentElement
    const clear = (): void => {
      delete dataset['keyboard']
      style.removeProperty('--seen-top')
      style.removeProperty('--seen-height')
    }
    const read = (): void => {
      // Zoomed in, a part of the page is seen too, and nothing covers the rest.
      if (seen.scale > 1.01 || window.innerHeight - seen.height < KEYBOARD_PX) return clear()
      dataset['keyboard'] = ''
      style.setProperty('--seen-top', `${seen.offsetTop}px`)
      style.setProperty('--seen-height', `${seen.height}px`)
    }
    seen.addEventListener('resize', read)
    seen.addEventListener('scroll', read)
    read()
    onCleanup(() => {
      seen.removeEventListener('resize', read)
      seen.removeEventListener('scroll', read)
      clear()
    })
  })
}

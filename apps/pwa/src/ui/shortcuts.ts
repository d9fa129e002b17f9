/** One key for what is done most often in a call, as long as nobody is typing. */
import { onCleanup, onMount } from 'solid-js'

export interface ShortcutActions {
  microphone(): void
  camera(): void
  share(): void
  chat(): void
  layout(): void
  help(): void
  /** Esc, where no dialog takes it. */
  close(): void
  /** Space is held. Answers whether that changes anything: one who isn't muted can't be heard any better. */
  talk(): boolean
  /** Space is let go, or the page has lost the keyboard. */
  hush(): void
}

const LETTERS = {
  m: 'microphone',
  v: 'camera',
  s: 'share',
  c: 'chat',
  l: 'layout',
} as const satisfies Record<string, keyof ShortcutActions>

/** With a Korean keyboard the key M says `ㅡ`: what isn't a Latin letter goes by its place. */
function letterOf({ key, code }: KeyboardEvent): string {
  const letter = key.toLowerCase()
  return /^[a-z]$/.test(letter) ? letter : code.replace(/^Key/, '').toLowerCase()
}

const FIELDS = 'input, textarea, select, [contenteditable]'
const PRESSED_BY_SPACE = 'button, a, summary, [role="button"]'
const within = (target: EventTarget | null, selector: string): boolean =>
  target instanceof Element && target.closest(selector) !== null

export function createShortcuts(actions: ShortcutActions): void {
  let talking = false
  /** Where the focus is was chosen with a pointer: Space isn't meant for it. */
  let pointed = false

  const hush = (): void => {
    if (!talking) return
    talking = false
    actions.hush()
  }

  const gotSpace = (event: KeyboardEvent): void => {
    if (talking) return event.preventDefault()
    if (event.repeat || (!pointed && within(event.target, PRESSED_BY_SPACE))) return
    talking = actions.talk()
    // A button that was clicked before would be pressed once more.
    if (talking) event.preventDefault()
  }

  const gotKey = (event: KeyboardEvent): void => {
    if (event.key === 'Tab') pointed = false
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    // A dialog has the keyboard to itself, and closes itself on Esc.
    if (document.querySelector('dialog[open]')) return
    if (event.key === 'Escape') return actions.close()
    if (within(event.target, FIELDS)) return
    if (event.key === ' ') return gotSpace(event)
    if (event.repeat) return
    const letter = letterOf(event)
    const name =
      event.key === '?' ? 'help' : event.shiftKey ? undefined : LETTERS[letter as keyof typeof LETTERS]
    if (!name) return
    // Chat opens with the focus in its field, where this very key would be written.
    event.preventDefault()
    actions[name]()
  }
  const letGo = (event: KeyboardEvent): void => {
    if (event.key !== ' ' || !talking) return
    event.preventDefault()
    hush()
  }

  onMount(() => {
    const stop = new AbortController()
    const { signal } = stop
    document.addEventListener('keydown', gotKey, { signal })
    document.addEventListener('keyup', letGo, { signal })
    document.addEventListener('pointerdown', () => (pointed = true), { signal, capture: true })
    window.addEventListener('blur', hush, { signal })
    document.addEventListener('visibilitychange', hush, { signal })
    onCleanup(() => {
      hush()
      stop.abort()
    })
  })
}

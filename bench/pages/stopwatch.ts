/** What a page notes of itself from its first moment on; every time in milliseconds since its navigation began. */

interface Stopwatch {
  /** When a button of this name could first be pressed. */
  usable(label: string): Promise<number>
  /** Presses it as soon as it can be. */
  press(label: string): Promise<void>
  /** When the last press was. */
  pressedAt(): number
  /** When each of so many others was first seen, in their order of coming. */
  frames(count: number): Promise<number[]>
}

declare global {
  var stopwatch: Stopwatch
}

/** Runs in the page, before its own scripts do. */
export function startStopwatch(): void {
  const usableSince = new Map<string, number>()
  const seen = new Set<HTMLVideoElement>()
  const frames: number[] = []
  let pressedAt = Number.NaN
  const waiting = new Set<() => boolean>()
  const settle = (): void => waiting.forEach((look) => look() && waiting.delete(look))
  const when = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = (): boolean => {
        const found = look()
        if (found !== undefined) resolve(found)
        return found !== undefined
      }
      if (!check()) waiting.add(check)
    })

  const nameOf = (button: HTMLButtonElement): string => button.ariaLabel ?? button.textContent.trim()
  // Whether a button can be seen makes the browser lay out the page: asked of no other.
  const wanted = ['New room', 'Continue', 'Join', 'Leave']

  function look(): void {
    for (const button of document.querySelectorAll('button')) {
      const label = nameOf(button)
      if (!wanted.includes(label) || usableSince.has(label)) continue
      if (!button.disabled && button.checkVisibility()) usableSince.set(label, performance.now())
    }
    for (const video of document.querySelectorAll<HTMLVideoElement>(
      '[data-peer-id]:not([data-self]) video',
    )) {
      if (seen.has(video)) continue
      seen.add(video)
      video.requestVideoFrameCallback((_, { presentationTime }) => {
        frames.push(presentationTime)
        settle()
      })
    }
    settle()
  }

  const buttonOf = (label: string): HTMLButtonElement | undefined =>
    [...document.querySelectorAll('button')].find(
      (button) => nameOf(button) === label && !button.disabled && button.checkVisibility(),
    )
  document.addEventListener('click', (event) => (pressedAt = event.timeStamp), { capture: true })
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
    attributeFilter: ['disabled', 'hidden', 'class', 'style'],
  })
  globalThis.stopwatch = {
    usable: (label) => when(() => usableSince.get(label)),
    press: (label) => when(() => buttonOf(label)).then((button) => button.click()),
    pressedAt: () => pressedAt,
    frames: (count) => when(() => (frames.length >= count ? frames.slice(0, count) : undefined)),
  }
}

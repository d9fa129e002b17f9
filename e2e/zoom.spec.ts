/** At 200 % zoom a window of 1280×800 is 640×400: every page and panel can be used, and nothing moves that needn't. */
import type { Page } from '@playwright/test'
import { expect, test } from './support/test.ts'
import { stopsAt, walk } from './support/walk.ts'

const ZOOMED = { width: 640, height: 400 }

/** What can't be used on this page, in words. */
function troublesOn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const troubles: string[] = []
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth > clientWidth) troubles.push(`scrolls sideways: ${scrollWidth} > ${clientWidth}`)
    const scope = document.querySelector('dialog[open]') ?? document
    const seen = [...scope.querySelectorAll<HTMLElement>('button, a[href], input, textarea, select')].filter(
      (element) =>
        element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
        !element.closest('[inert]') &&
        !element.matches(':disabled') &&
        // Drawn by its label, or there only while it has the focus.
        getComputedStyle(element).clipPath === 'none' &&
        element.getBoundingClientRect().width > 2,
    )
    for (const element of seen) {
      const name = element.getAttribute('aria-label') ?? (element.textContent.trim() || element.tagName)
      element.scrollIntoView({ block: 'center', behavior: 'instant' })
      const { left, right, top, bottom, width, height } = element.getBoundingClientRect()
      const outside = left < -1 || right > innerWidth + 1 || top < -1 || bottom > innerHeight + 1
      if (outside && height < innerHeight) troubles.push(`clipped: ${name}`)
      const hit = document.elementFromPoint(left + width / 2, top + Math.min(height, innerHeight) / 2)
      // One's own small picture lies over the others, and can be moved away.
      if (hit?.closest('.card-place') && !element.closest('.card-place')) continue
      const own =
        hit !== null &&
        (element.contains(hit) || hit.contains(element) || hit.closest('label')?.control === element)
      if (!own) troubles.push(`covered: ${name} by ${hit?.outerHTML.slice(0, 120)}`)
    }
    // A sentence that is cut off without an ellipsis, or a word over its neighbour's.
    for (const text of scope.querySelectorAll<HTMLElement>('h1, h2, p, button, label')) {
      // A button without text has its tip, which is no part of it.
      if (!text.checkVisibility() || text.textContent.trim() === '' || text.closest('.sr-only')) continue
      const { overflowX, display, clipPath } = getComputedStyle(text)
      const isPlain = overflowX === 'visible' && display !== 'inline' && clipPath === 'none'
      if (isPlain && text.clientWidth > 0 && text.scrollWidth > text.clientWidth + 1)
        troubles.push(`wider than its place: ${text.textContent.slice(0, 60)}`)
    }
    for (const animation of document.getAnimations()) {
      const { duration, iterations } = animation.effect?.getComputedTiming() ?? {}
      if (Number(duration) > 1 || iterations === Infinity)
        troubles.push(
          `moves: ${(animation as CSSAnimation).animationName ?? (animation as CSSTransition).transitionProperty}`,
        )
    }
    scrollTo(0, 0)
    return troubles
  })
}

for (const language of ['en', 'ko'] as const)
  test(
    `every page and panel at 200 %, without motion (${language})`,
    { tag: language === 'en' ? [] : ['@rest'] },
    async ({ server, invite }) => {
      test.setTimeout(180_000)
      const found: string[] = []
      const seen: string[] = []
      await walk({
        origin: server.origin,
        invite,
        options: { language, context: { viewport: ZOOMED, reducedMotion: 'reduce' } },
        look: async (name, page) => {
          seen.push(name)
          for (const trouble of await troublesOn(page)) found.push(`${name}: ${trouble}`)
        },
      })
      expect(found).toEqual([])
      expect(seen).toEqual(stopsAt('phone'))
    },
  )

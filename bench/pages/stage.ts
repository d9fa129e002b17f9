/** A site with its people: those who are inside, and somebody who comes in again and again. */
import type { Page } from '@playwright/test'
import { type BenchBrowser, remind } from './browser.ts'
import type { Site } from './site.ts'

/** `warm`: the browser has been here before. `cold`: it has kept nothing but the name. `first`: it never was here. */
export type Cache = 'warm' | 'cold' | 'first'

export interface Stage {
  site: Site
  /** At most as many as there will be; in the order of coming in. */
  inside: Page[]
  /** Somebody comes, in a tab of their own, and goes. */
  visit<T>(cache: Cache, visit: (page: Page) => Promise<T>): Promise<T>
}

export interface People {
  inside: Page[]
  outside: BenchBrowser
}

/** Goes there, and answers as soon as the page's own clock runs. */
export const open = (page: Page, url: string): Promise<unknown> => page.goto(url, { waitUntil: 'commit' })

/** Milliseconds from the navigation on. */
export const usable = (page: Page, label: string): Promise<number> =>
  page.evaluate((name) => globalThis.stopwatch.usable(name), label)

/** Milliseconds from the navigation on, of so many others. */
export const frames = (page: Page, count: number): Promise<number[]> =>
  page.evaluate((wanted) => globalThis.stopwatch.frames(wanted), count)

export const pressJoin = (page: Page): Promise<void> =>
  page.getByRole('button', { name: 'Join', exact: true }).click()

/** Comes in, and sees so many others. */
export async function comeIn(page: Page, url: string, others: number): Promise<void> {
  await open(page, url)
  await usable(page, 'Join')
  await pressJoin(page)
  await page.locator('[data-self]').first().waitFor({ state: 'attached' })
  await frames(page, others)
}

/** Those inside come in one after the other, until all of them see each other. */
export async function gather(pages: Page[], url: string): Promise<void> {
  for (const [others, page] of pages.entries()) await comeIn(page, url, others)
}

/** Until those inside see each other and nobody else: whoever has gone is gone from their pages. */
export async function untilAlone(pages: Page[]): Promise<void> {
  for (const page of pages)
    await page.waitForFunction(
      (others) => document.querySelectorAll('[data-peer-id]:not([data-self]) video').length === others,
      pages.length - 1,
    )
}

/** @param inside whose pages serve one site after the other */
export async function setUp(site: Site, { inside, outside }: People): Promise<Stage> {
  for (const page of inside) await remind(page.context(), site.inside.origin, site.memory())
  const { kept } = outside
  await remind(kept, site.door.origin, site.memory())
  const before = await kept.newPage()
  await before.goto(site.door.origin)
  // The second time the scripts are compiled already, and a service worker is there.
  await before.goto(site.door.origin + (await site.newRoom()))
  await usable(before, 'Join')
  if (site.hasWorker) await before.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await before.close()
  return {
    site,
    inside,
    async visit(cache, visit) {
      // Whoever comes back has no connection open.
      site.door.cut()
      const page = await (cache === 'warm' ? kept.newPage() : outside.fresh())
      try {
        if (cache === 'cold') await remind(page.context(), site.door.origin, site.memory())
        return await visit(page)
      } finally {
        await (cache === 'warm' ? page.close() : page.context().close())
      }
    },
  }
}

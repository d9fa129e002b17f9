/** A site with its people: those who are inside, and somebody who comes in again and again. */
import type { Page } from '@playwright/test'
import type { BenchBrowser } from './browser.ts'
import type { Site } from './site.ts'

/** `warm`: the browser has been here before. `cold`: it has kept nothing but the name. */
export type Cache = 'warm' | 'cold'

export interface Stage {
  site: Site
  /** At most as many as there will be; in the order of coming in. */
  inside: Page[]
  /** Somebody comes, in a tab of their own, and goes. */
  visit<T>(cache: Cache, visit: (page: Page) => Promise<T>): Promise<T>
}

export interface Browsers {
  inside: BenchBrowser
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

/** Those inside come in one after the other, until all of them see each other. */
export async function gather(pages: Page[], url: string): Promise<void> {
  for (const [others, page] of pages.entries()) {
    await open(page, url)
    await usable(page, 'Join')
    await pressJoin(page)
    await page.locator('[data-self]').first().waitFor({ state: 'attached' })
    await frames(page, others)
  }
}

/** Until those inside see each other and nobody else: whoever has gone is gone from their pages. */
export async function untilAlone(pages: Page[]): Promise<void> {
  for (const page of pages)
    await page.waitForFunction(
      (others) => document.querySelectorAll('[data-peer-id]:not([data-self]) video').length === others,
      pages.length - 1,
    )
}

/** @param size how many people there will be inside at most */
export async function setUp(site: Site, { inside, outside }: Browsers, size: number): Promise<Stage> {
  const pages: Page[] = []
  for (let i = 0; i < size; i++) pages.push(await inside.fresh(site, site.inside.origin))
  const { kept } = outside
  const before = await kept.newPage()
  await before.goto(site.door.origin)
  await before.evaluate(async (memory) => {
    for (const { name, value } of memory) localStorage.setItem(name, value)
  }, site.memory())
  // The second time the scripts are compiled already, and a service worker is there.
  await before.goto(site.door.origin + (await site.newRoom()))
  await usable(before, 'Join')
  if (site.hasWorker) await before.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await before.close()
  return {
    site,
    inside: pages,
    async visit(cache, visit) {
      // Whoever comes back has no connection open.
      site.door.cut()
      const page = await (cache === 'warm' ? kept.newPage() : outside.fresh(site, site.door.origin))
      try {
        return await visit(page)
      } finally {
        await (cache === 'warm' ? page.close() : page.context().close())
      }
    },
  }
}

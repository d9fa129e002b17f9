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
  /** Whoever comes next. */
  visitor(cache: Cache): Promise<Page>
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

/** @param size how many people there will be inside at most */
export async function setUp(site: Site, { inside, outside }: Browsers, size: number): Promise<Stage> {
  const pages: Page[] = []
  for (let i = 0; i < size; i++) pages.push(await inside.fresh(site, site.inside.origin))
  const returning = await outside.kept.newPage()
  await returning.goto(site.door.origin)
  await returning.evaluate(async (memory) => {
    for (const { name, value } of memory) localStorage.setItem(name, value)
  }, site.memory())
  // The second time the scripts are compiled already, and a service worker is there.
  await returning.goto(site.door.origin + (await site.newRoom()))
  await usable(returning, 'Join')
  if (site.hasWorker) await returning.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  let fresh: Page | undefined
  return {
    site,
    inside: pages,
    async visitor(cache) {
      await fresh?.context().close()
      fresh = undefined
      // Whoever comes back has no connection open.
      await returning.goto('about:blank')
      site.door.cut()
      if (cache === 'warm') return returning
      return (fresh = await outside.fresh(site, site.door.origin))
    },
  }
}

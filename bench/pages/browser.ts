/** Browsers whose pages tell how fast they were: camera and microphone are files, and nothing is cached but on purpose. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { CAST } from '../../e2e/support/cast.ts'
import { CHROMIUM_ARGS, chromiumPath } from '../../e2e/support/chromium.ts'
import { writeColourFilm, writeTone } from '../../e2e/support/fake-media.ts'
import type { Site } from './site.ts'
import { startStopwatch } from './stopwatch.ts'

/** Frames come every 33 ms, which is how exact a first one can be. */
const FILM = { width: 640, height: 360, rate: 30 }

export interface BenchBrowser extends AsyncDisposable {
  /** Somebody with nothing in the cache, who has been here before by what their browser remembers. */
  fresh(site: Site, origin: string): Promise<Page>
  /** One whose profile on disk is kept: HTTP cache, compiled scripts, service worker. */
  kept: BrowserContext
}

export async function launchBrowser(args: string[] = []): Promise<BenchBrowser> {
  const directory = await mkdtemp(join(tmpdir(), 'maru-bench-'))
  const film = join(directory, 'camera.y4m')
  const sound = join(directory, 'microphone.wav')
  await Promise.all([writeColourFilm(film, CAST.ana.colour, FILM), writeTone(sound, CAST.ana.tone)])
  const kept = await chromium.launchPersistentContext(join(directory, 'profile'), {
    executablePath: chromiumPath(),
    locale: 'en-US',
    args: [
      ...CHROMIUM_ARGS,
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
      `--use-file-for-fake-audio-capture=${sound}`,
      ...args,
    ],
  })
  await kept.addInitScript(startStopwatch)
  const browser = kept.browser()
  if (!browser) throw new Error('This Playwright opens no further context beside a profile')
  return {
    kept,
    async fresh({ memory }, origin) {
      const context = await browser.newContext({
        locale: 'en-US',
        storageState: { cookies: [], origins: [{ origin, localStorage: memory() }] },
      })
      await context.addInitScript(startStopwatch)
      return context.newPage()
    },
    [Symbol.asyncDispose]: async () => {
      await kept.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

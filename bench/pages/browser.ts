/** Browsers whose pages tell how fast they were: camera and microphone are files, and nothing is cached but on purpose. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from '@playwright/test'
import { CAST } from '../../e2e/support/cast.ts'
import { CHROMIUM_ARGS, chromiumPath } from '../../e2e/support/chromium.ts'
import { type FilmSize, writeColourFilm, writeTone } from '../../e2e/support/fake-media.ts'
import { watchConnections } from '../../e2e/support/senses.ts'
import type { Memory } from './site.ts'
import { startStopwatch } from './stopwatch.ts'

/** Frames come every 33 ms, which is how exact a first one can be; small ones, so that two cores do for four people. */
const FILM: FilmSize = { width: 320, height: 180, rate: 30 }

/** Without a graphics card the processor draws it all, at every contender: this much leaves it time for the call. */
export const SMALL_WINDOW = { width: 400, height: 300 }

export interface BenchBrowser extends AsyncDisposable {
  /** A page of somebody with nothing in the cache. */
  fresh(): Promise<Page>
  /** One whose profile on disk is kept: HTTP cache, compiled scripts, service worker. */
  kept: BrowserContext
  /** What all its processes have used so far. */
  cpuSeconds(): Promise<number>
}

export interface BrowserOptions {
  film?: FilmSize
  /** Of every page: what kind of device it is on. */
  context?: BrowserContextOptions
}

export async function launchBrowser({
  film: size = FILM,
  context: device = {},
}: BrowserOptions = {}): Promise<BenchBrowser> {
  const directory = await mkdtemp(join(tmpdir(), 'maru-bench-'))
  const film = join(directory, 'camera.y4m')
  const sound = join(directory, 'microphone.wav')
  await Promise.all([writeColourFilm(film, CAST.ana.colour, size), writeTone(sound, CAST.ana.tone)])
  const kept = await chromium.launchPersistentContext(join(directory, 'profile'), {
    executablePath: chromiumPath(),
    locale: 'en-US',
    ...device,
    args: [
      ...CHROMIUM_ARGS,
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
      `--use-file-for-fake-audio-capture=${sound}`,
    ],
  })
  const prepare = async (context: BrowserContext): Promise<void> => {
    await context.addInitScript(watchConnections)
    await context.addInitScript(startStopwatch)
  }
  await prepare(kept)
  const browser = kept.browser()
  if (!browser) throw new Error('This Playwright opens no further context beside a profile')
  const session = await browser.newBrowserCDPSession()
  return {
    kept,
    async fresh() {
      const context = await browser.newContext({ locale: 'en-US', ...device })
      await prepare(context)
      return context.newPage()
    },
    async cpuSeconds() {
      const { processInfo } = await session.send('SystemInfo.getProcessInfo')
      return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0)
    },
    [Symbol.asyncDispose]: async () => {
      await kept.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Fills the memory of pages of one origin. Playwright's own way would load a page of it first. */
export async function remind(context: BrowserContext, origin: string, memory: Memory): Promise<void> {
  await context.addInitScript(
    (given) => {
      if (location.origin !== given.origin) return
      for (const { name, value } of given.memory) localStorage.setItem(name, value)
    },
    { origin, memory },
  )
}

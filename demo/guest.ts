/** An artificial guest: a real page in a real browser without a window, with a camera and a microphone made of files. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { CHROMIUM_ARGS } from '../e2e/support/chromium.ts'
import { WORDS } from '../e2e/support/words.ts'
import { type Looks, writePortrait } from './portrait.ts'

interface GuestRole extends Looks {
  name: string
}

export const GUESTS: GuestRole[] = [
  {
    name: 'Ada (guest)',
    wall: [214, 196, 170],
    hair: [88, 52, 38],
    skin: [240, 202, 172],
    clothes: [28, 115, 88],
    note: 392,
    speaksAt: 0.4,
  },
  {
    name: 'Yuna (guest)',
    wall: [176, 194, 206],
    hair: [38, 34, 40],
    skin: [246, 214, 190],
    clothes: [164, 85, 58],
    note: 523,
    speaksAt: 2.3,
  },
]

export interface Guest extends AsyncDisposable {
  peerId: string
  /** The path of the room that it is in. */
  room: string
  /** How many messages it has said so far; each ends with its number, from 1. */
  said(): number
  /** One after the other, however they are asked for. */
  say(): Promise<void>
  /** Settles when its browser has gone, asked or not. */
  ended: Promise<void>
}

interface GuestOptions {
  /** The browser's path. */
  chromium: string
  origin: string
  /** The path of the room to come into; undefined to make one. */
  room: string | undefined
  /** Ends it, however far it has come. */
  signal: AbortSignal
}

const words = WORDS.en

export async function startGuest(role: GuestRole, options: GuestOptions): Promise<Guest> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'maru-demo-guest-')), (path) =>
    rm(path, { recursive: true, force: true }),
  )
  const film = join(folder, 'camera.y4m')
  const sound = join(folder, 'microphone.wav')
  await writePortrait(film, sound, role)
  const browser = stack.adopt(
    await chromium.launch({
      executablePath: options.chromium,
      args: [
        ...CHROMIUM_ARGS,
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-video-capture=${film}`,
        `--use-file-for-fake-audio-capture=${sound}`,
      ],
      // The demo ends everything in its order.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    }),
    (launched) => launched.close(),
  )
  const ended = new Promise<void>((resolve) => browser.once('disconnected', () => resolve()))
  options.signal.addEventListener('abort', () => void browser.close(), { once: true })
  const page = await browser.newPage({
    locale: words.locale,
    // Small, so that the chat covers the pictures: nobody looks at them here, and drawing them is work.
    viewport: { width: 390, height: 500 },
    reducedMotion: 'reduce',
  })
  await page.goto(options.origin)
  await page.getByRole('textbox', { name: words.yourName }).fill(role.name)
  await page.getByRole('button', { name: words.continue }).click()
  if (options.room === undefined) await createRoom(page)
  else await page.goto(options.origin + options.room)
  await page.getByRole('button', { name: words.join, exact: true }).click()
  const own = page.locator('[data-self][data-peer-id]').first()
  await own.waitFor()
  const peerId = (await own.getAttribute('data-peer-id'))!
  await page.getByRole('button', { name: words.chat, exact: true }).click()
  const box = page.getByRole('textbox', { name: words.message })
  await box.waitFor()

  let said = 0
  const sayNext = async (): Promise<void> => {
    await box.fill(`Message ${said + 1}`)
    said++
    await box.press('Enter')
  }
  let speaking = Promise.resolve()
  const held = stack.move()
  return {
    peerId,
    room: new URL(page.url()).pathname,
    ended,
    said: () => said,
    say: () => (speaking = speaking.then(sayNext)),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

/** Makes the room that everybody meets in, and goes to its door. */
async function createRoom(page: Page): Promise<void> {
  await page.getByRole('button', { name: words.newRoom, exact: true }).click()
  await page.getByRole('textbox', { name: words.roomName }).fill('Maru demo')
  await page.getByRole('button', { name: words.create, exact: true }).click()
  await page.waitForURL(/\/r\/[\w-]{22}$/)
}

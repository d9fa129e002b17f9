/** Somebody in front of a browser of their own, with a camera of one colour and a microphone of one tone. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, expect, type Page } from '@playwright/test'
import type { Role } from './cast.ts'
import { CHROMIUM_ARGS, chromiumPath } from './chromium.ts'
import { type FilmSize, writeColourFilm, writeNoiseFilm, writeTone } from './fake-media.ts'
import { expectNotToHear, expectToHear, expectToSee, framesFrom, type Somebody } from './meeting.ts'
import { colourOf, distance, watchConnections } from './senses.ts'
import { type Language, type Words, WORDS } from './words.ts'

export interface PersonOptions {
  language?: Language
  /** `none`: a machine without camera and microphone. `denied`: there are some, and the answer is no. */
  devices?: 'fake' | 'none' | 'denied'
  /** What the camera shows instead of a film of a size that is usual here. */
  film?: FilmSize & { noise?: boolean }
  /** The title of the page that is chosen when the browser asks what to share. */
  shares?: string
  context?: BrowserContextOptions
  /** Of the browser, beside what it has anyway: another HOME, for instance, whose certificates it trusts. */
  env?: Record<string, string>
  /** Instead of the machine's Chromium. */
  executable?: string
  args?: string[]
}

export interface RoomOptions {
  listed?: boolean
  capacity?: number
}

const tileOf = (peerId: string): string => `[data-peer-id="${peerId}"]`

export class Person {
  readonly role: Role
  readonly page: Page
  readonly words: Words
  /** What must never happen on any page: errors nobody caught, breaches of the CSP, requests to anyone else. */
  readonly problems: string[] = []
  readonly #browser: Browser
  readonly #media: string

  private constructor(role: Role, page: Page, parts: { words: Words; browser: Browser; media: string }) {
    this.role = role
    this.page = page
    this.words = parts.words
    this.#browser = parts.browser
    this.#media = parts.media
    this.watch(page)
  }

  static async launch(role: Role, options: PersonOptions = {}): Promise<Person> {
    const media = await mkdtemp(join(tmpdir(), 'maru-person-'))
    const film = join(media, 'camera.y4m')
    const sound = join(media, 'microphone.wav')
    const filmed = options.film?.noise
      ? writeNoiseFilm(film, options.film)
      : writeColourFilm(film, role.colour, options.film)
    await Promise.all([filmed, writeTone(sound, role.tone)])
    const devices = options.devices ?? 'fake'
    const args = [...CHROMIUM_ARGS, ...(options.args ?? [])]
    if (devices !== 'none')
      args.push(
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-video-capture=${film}`,
        `--use-file-for-fake-audio-capture=${sound}`,
      )
    if (options.shares !== undefined)
      // The fake answer to every question would share a fake screen: here the question about devices is answered below.
      args.push(`--auto-select-tab-capture-source-by-title=${options.shares}`)
    else if (devices === 'fake') args.push('--use-fake-ui-for-media-stream')
    const browser = await chromium.launch({
      executablePath: options.executable ?? chromiumPath(),
      env: { ...process.env, ...options.env },
      args,
      // Of a browser that is muted as a whole nothing can be captured.
      ignoreDefaultArgs: options.shares === undefined ? [] : ['--mute-audio'],
    })
    const words = WORDS[options.language ?? 'en']
    const context = await browser.newContext({ locale: words.locale, ...options.context })
    // Playwright grants what is listed and refuses everything else.
    if (devices === 'denied') await context.grantPermissions([])
    if (options.shares !== undefined) await context.grantPermissions(['camera', 'microphone'])
    await context.addInitScript(watchConnections)
    return new Person(role, await context.newPage(), { words, browser, media })
  }

  /** Listens for what must never happen; for pages that the test itself opens, too. */
  watch(page: Page): void {
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.stack ?? error.message}`))
    page.on('console', (message) => {
      if (/content security policy|permissions policy/i.test(message.text()))
        this.problems.push(message.text())
    })
    page.on('request', (request) => {
      // Where the test itself goes isn't the page's doing.
      if (request.isNavigationRequest()) return
      const here = page.url()
      const url = new URL(request.url())
      if (here.startsWith('http') && url.protocol.startsWith('http') && url.host !== new URL(here).host)
        this.problems.push(`asked somebody else: ${request.url()}`)
    })
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url)
  }

  async register(): Promise<void> {
    await this.page.getByRole('textbox', { name: this.words.yourName }).fill(this.role.name)
    await this.page.getByRole('button', { name: this.words.continue }).click()
  }

  /** From the main page to the new room's green room. Answers with its link. */
  async createRoom(name: string, options: RoomOptions = {}): Promise<string> {
    const { page, words } = this
    await page.getByRole('button', { name: words.newRoom, exact: true }).click()
    await page.getByRole('textbox', { name: words.roomName }).fill(name)
    if (options.listed === false) await page.getByRole('radio', { name: words.onlyLink }).check()
    if (options.capacity !== undefined)
      await page.getByRole('combobox', { name: words.howMany }).selectOption(String(options.capacity))
    await page.getByRole('button', { name: words.create, exact: true }).click()
    await page.waitForURL(/\/r\/[\w-]{22}$/)
    return page.url()
  }

  /** In the green room: one's own camera. */
  async expectOwnPicture(): Promise<void> {
    await expect
      .poll(async () => {
        const colour = await colourOf(this.page, 'main')
        return colour ? distance(colour, this.role.colour) : 'no picture'
      })
      .toBeLessThan(60)
  }

  /** From the green room into the call. */
  async join(): Promise<void> {
    await this.page.getByRole('button', { name: this.words.join, exact: true }).click()
    await this.expectInCall()
  }

  async expectInCall(): Promise<void> {
    await expect(this.page.locator('[data-self]').first()).toBeVisible()
  }

  async leave(): Promise<void> {
    await this.page.getByRole('button', { name: this.words.leave, exact: true }).click()
    await expect(this.page.getByRole('heading', { name: this.words.youLeft })).toBeVisible()
  }

  async peerId(): Promise<string> {
    const id = await this.page.locator('[data-self][data-peer-id]').first().getAttribute('data-peer-id')
    if (!id) throw new Error(`${this.role.name} has no tile of their own`)
    return id
  }

  /** The server process that carries this page's connection. */
  instance(): Promise<string | null> {
    return this.page.locator('[data-instance]').getAttribute('data-instance')
  }

  /** The panel with what has been written; it has to be open. */
  get chat() {
    return this.page.getByRole('complementary', { name: this.words.chat })
  }

  async openChat(): Promise<void> {
    await this.page.getByRole('button', { name: this.words.chat, exact: true }).click()
    await expect(this.chat).toBeVisible()
  }

  async say(text: string): Promise<void> {
    await this.chat.getByRole('textbox', { name: this.words.message }).fill(text)
    await this.chat.getByRole('button', { name: this.words.send }).click()
  }

  /** The panel with everyone's names; it has to be open. */
  get people() {
    return this.page.getByRole('complementary', { name: this.words.people })
  }

  async openPeople(): Promise<void> {
    const more = this.page.getByRole('button', { name: this.words.more, exact: true })
    if (await more.isVisible()) await more.click()
    // Its name also tells how many hands are up.
    await this.page.getByRole('button', { name: new RegExp(`^${this.words.people}`) }).click()
    await expect(this.people).toBeVisible()
  }

  /** Everybody else's tiles; one for each person. */
  get others() {
    return this.page.locator('[data-peer-id]:not([data-self]):not(audio)')
  }

  async tile(of: Somebody) {
    return this.others.and(this.page.locator(tileOf(await of.peerId())))
  }

  framesFrom(other: Somebody): Promise<number> {
    return framesFrom(this, other)
  }

  expectToSee(other: Somebody): Promise<void> {
    return expectToSee(this, other)
  }

  expectToHear(other: Somebody): Promise<void> {
    return expectToHear(this, other)
  }

  expectNotToHear(other: Somebody): Promise<void> {
    return expectNotToHear(this, other)
  }

  async expectToMeet(other: Somebody): Promise<void> {
    await this.expectToSee(other)
    await this.expectToHear(other)
  }

  /** The browser dies on the spot: no goodbye on any connection. */
  async crash(): Promise<void> {
    const session = await this.#browser.newBrowserCDPSession()
    await session.send('Browser.crash').catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await rm(this.#media, { recursive: true, force: true })
  }
}

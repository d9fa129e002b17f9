/** Somebody in front of Firefox: the machine's own, spoken to by WebDriver, with the devices that it makes up itself. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { watchConnections } from './senses.ts'
import { WebDriverPage } from './webdriver.ts'
import { WORDS } from './words.ts'

const CANDIDATES = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
]
const START_TIMEOUT_MS = 30_000

function firefoxPath(): string {
  const path = process.env['FIREFOX'] ?? CANDIDATES.find((candidate) => existsSync(candidate))
  if (path === undefined)
    throw new Error('No Firefox: install it (apt-get install firefox-esr) or set FIREFOX to its path.')
  return path
}

/** Nobody's tone but this one's, see `CAST`. Its picture has no colour of its own: it changes all the time. */
const ROLE = { name: 'Fia', tone: 1_910 }

/** Devices that are made up, no question about them, no word to anybody outside, and no picture that needs a network. */
const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.navigator.audio.fake_frequency': ROLE.tone,
  'media.peerconnection.ice.loopback': true,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'app.normandy.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'intl.accept_languages': 'en-US',
}

export class FirefoxPerson {
  readonly role = ROLE
  readonly page: WebDriverPage
  readonly words = WORDS.en
  readonly #process: ChildProcess
  readonly #profile: string

  private constructor(page: WebDriverPage, process: ChildProcess, profile: string) {
    this.page = page
    this.#process = process
    this.#profile = profile
  }

  static async launch(): Promise<FirefoxPerson> {
    const profile = await mkdtemp(join(tmpdir(), 'maru-firefox-'))
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`,
    )
    await writeFile(join(profile, 'user.js'), lines.join('\n'))
    const child = spawn(
      firefoxPath(),
      ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'],
      // A home of its own, too: root's Firefox refuses one that belongs to somebody else.
      { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] ?? '', HOME: profile } },
    )
    // A run that is interrupted disposes of nothing.
    const last = (): void => void child.kill('SIGKILL')
    process.once('exit', last)
    child.once('exit', () => process.removeListener('exit', last))
    try {
      const page = await WebDriverPage.connect(await addressOf(child), watchConnections)
      return new FirefoxPerson(page, child, profile)
    } catch (error) {
      await end(child, profile)
      throw error
    }
  }

  /** What must never happen on any page. */
  problems(): string[] {
    return this.page.complaints.filter((text) => /^javascript:|content security policy/i.test(text))
  }

  open(url: string): Promise<void> {
    return this.page.goto(url)
  }

  async register(): Promise<void> {
    await this.page.click('textbox', this.words.yourName)
    await this.page.type(this.role.name)
    await this.page.click('button', this.words.continue)
  }

  /** From the main page to the new room's green room. Answers with its link. */
  async createRoom(name: string): Promise<string> {
    await this.page.click('button', this.words.newRoom)
    await this.page.click('textbox', this.words.roomName)
    await this.page.type(name)
    await this.page.click('button', this.words.create)
    const here = (): Promise<string> => this.page.evaluate(() => location.href, null)
    await expect.poll(here).toMatch(/\/r\/[\w-]{22}$/)
    return here()
  }

  async join(): Promise<void> {
    await this.page.click('button', this.words.join)
    await this.expectInCall()
  }

  async expectInCall(): Promise<void> {
    await expect.poll(() => this.#ownId()).toBeTruthy()
  }

  async peerId(): Promise<string> {
    const id = await this.#ownId()
    if (!id) throw new Error(`${this.role.name} has no tile of their own`)
    return id
  }

  /** How often this text can be read on the page. */
  reads(text: string): Promise<number> {
    return this.page.evaluate((wanted) => document.body.innerText.split(wanted).length - 1, text)
  }

  async close(): Promise<void> {
    await this.page.close()
    await end(this.#process, this.#profile)
  }

  #ownId(): Promise<string | null | undefined> {
    return this.page.evaluate(
      () => document.querySelector('[data-self][data-peer-id]')?.getAttribute('data-peer-id'),
      null,
    )
  }
}

/** It tells on which port it listens, in words. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => reject(new Error(`Firefox doesn't listen:\n${output}`)), START_TIMEOUT_MS)
    child.once('error', reject)
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const address = /listening on (ws:\S+)/.exec(output)?.[1]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(address)
    })
  })
}

async function end(child: ChildProcess, profile: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
    child.kill('SIGTERM')
    await gone
    clearTimeout(timer)
  }
  await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

/** A walk past every page and panel there is, for those who look at pages: axe and the camera of `npm run screenshots`. */
import type { Page } from '@playwright/test'
import { CAST, type Role } from './cast.ts'
import type { Person, PersonOptions } from './person.ts'
import { WORDS } from './words.ts'

export interface Walk {
  origin: string
  invite: (role: Role, options?: PersonOptions) => Promise<Person>
  options: PersonOptions
  /** Called on each page once it stands still. */
  look: (name: string, page: Page) => Promise<void>
}

/** Where the walk stops, in its own order; at `more` on a phone only. */
const STOPS = [
  'welcome',
  'home-empty',
  'new-room',
  'join-by-link',
  'change-name',
  'settings',
  'check',
  'checked',
  'gone',
  'not-found',
  'door',
  'alone',
  'welcome-link',
  'home',
  'call',
  'chat',
  'more',
  'devices',
  'invite',
  'people',
  'person',
  'remove',
  'end',
  'full',
  'duplicate',
  'left',
  'removed',
  'ended',
] as const

export type Stop = (typeof STOPS)[number]

export const stopsAt = (size: keyof typeof VIEWPORTS): Stop[] =>
  STOPS.filter((name) => name !== 'more' || size === 'phone')

export const VIEWPORTS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

const TEXT = {
  en: {
    link: 'Join by link',
    devices: 'Devices',
    invite: 'Invite',
    more: 'More',
    duplicate: /You are in this call/,
    full: 'Every seat is taken',
    gone: 'This room is gone',
    notFound: 'There is no such page',
    settings: 'Settings',
    check: 'Check the connection',
    startCheck: 'Start the check',
    room: 'Morning stand-up',
  },
  ko: {
    link: '링크로 들어가기',
    devices: '기기 설정',
    invite: '초대하기',
    more: '더 보기',
    duplicate: /이미 참여하고/,
    full: '자리가 모두 찼어요',
    gone: '이제 없는 방이에요',
    notFound: '없는 페이지예요',
    settings: '설정',
    check: '연결 확인하기',
    startCheck: '확인 시작하기',
    room: '아침 회의',
  },
} as const

/** Fonts are there and nothing moves any more. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready
    // A picture of somebody and a level meter never finish; everything else does.
    const finite = document
      .getAnimations()
      .filter((animation) => animation.effect?.getTiming().iterations !== Infinity)
    await Promise.allSettled(finite.map((animation) => animation.finished))
  })
}

export async function walk({ origin, invite, options, look }: Walk): Promise<void> {
  const text = TEXT[options.language ?? 'en']
  const words = WORDS[options.language ?? 'en']
  const stop = async (name: Stop, page: Page): Promise<void> => {
    await settle(page)
    await look(name, page)
  }

  const ana = await invite(CAST.ana, options)
  const { page } = ana
  await ana.open(origin)
  await page.getByRole('textbox', { name: words.yourName }).waitFor()
  await stop('welcome', page)
  await ana.register()
  await page.getByRole('heading', { name: words.greeting('Ana') }).waitFor()
  await stop('home-empty', page)
  for (const [name, button] of [
    ['new-room', words.newRoom],
    ['join-by-link', text.link],
    ['change-name', words.change],
  ] as const) {
    await page.getByRole('button', { name: button, exact: true }).click()
    await page.getByRole('dialog').getByRole('textbox').first().waitFor()
    await stop(name, page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    // Its entry in the history is left a moment later; a navigation that began meanwhile would be undone by that.
    await page.waitForFunction(() => !(history.state as { layer?: number } | null)?.layer)
  }
  await ana.open(`${origin}/settings`)
  await page.getByRole('heading', { name: text.settings }).waitFor()
  await stop('settings', page)
  await page.getByRole('link', { name: text.check }).click()
  await page.getByRole('button', { name: text.startCheck }).waitFor()
  await stop('check', page)
  await page.getByRole('button', { name: text.startCheck }).click()
  await page.locator('[data-outcome]').waitFor({ timeout: 30_000 })
  await stop('checked', page)
  await ana.open(`${origin}/r/${'A'.repeat(22)}`)
  await page.getByRole('heading', { name: text.gone }).waitFor()
  await stop('gone', page)
  await ana.open(`${origin}/nowhere`)
  await page.getByRole('heading', { name: text.notFound }).waitFor()
  await stop('not-found', page)

  await ana.open(origin)
  const link = await ana.createRoom(text.room, { capacity: 2 })
  await ana.expectOwnPicture()
  await stop('door', page)
  await ana.join()
  await page.getByText(words.alone).waitFor()
  await stop('alone', page)

  const bora = await invite(CAST.bora, options)
  await bora.open(link)
  await bora.page.getByRole('textbox', { name: words.yourName }).waitFor()
  await stop('welcome-link', bora.page)
  await bora.register()
  await bora.open(origin)
  await bora.page.getByRole('link', { name: words.joinRoom(text.room) }).waitFor()
  await stop('home', bora.page)
  await bora.open(link)
  await bora.join()
  await ana.expectToSee(bora)
  await stop('call', page)
  await ana.openChat()
  await ana.say(text.room)
  await stop('chat', page)
  await page.keyboard.press('Escape')
  const more = page.getByRole('button', { name: text.more })
  const onPhone = await more.isVisible()
  if (onPhone) {
    await more.click()
    await page.getByRole('dialog').waitFor()
    await stop('more', page)
    await page.keyboard.press('Escape')
  }
  for (const [name, button] of [
    ['devices', text.devices],
    ['invite', text.invite],
  ] as const) {
    if (onPhone) await more.click()
    await page.getByRole('button', { name: button, exact: true }).click()
    await page.getByRole('dialog').waitFor()
    await stop(name, page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }

  await bora.openPeople()
  await bora.people.getByRole('button', { name: words.raiseHand }).click()
  await ana.openPeople()
  await ana.people.getByText('1', { exact: true }).waitFor()
  await stop('people', page)
  await lookAtDialogs(ana, bora, stop)
  await page.keyboard.press('Escape')
  await ana.people.waitFor({ state: 'hidden' })
  await bora.page.keyboard.press('Escape')
  await bora.people.waitFor({ state: 'hidden' })

  const chen = await invite(CAST.chen, options)
  await chen.open(link)
  await chen.register()
  await chen.page.getByText(text.full).waitFor()
  await chen.expectOwnPicture()
  await stop('full', chen.page)

  const [copy] = await Promise.all([
    bora.page.context().waitForEvent('page'),
    bora.page.evaluate(() => void window.open(location.href)),
  ])
  await copy.getByRole('heading', { name: text.duplicate }).waitFor()
  await stop('duplicate', copy)
  await copy.close()
  await bora.leave()
  await stop('left', bora.page)

  await chen.join()
  await ana.openPeople()
  await ana.people.getByRole('button', { name: words.options(chen.role.name) }).click()
  await page.getByRole('dialog').getByRole('button', { name: words.removeFromRoom }).click()
  await page.getByRole('dialog').getByRole('button', { name: words.remove, exact: true }).click()
  await chen.page.getByRole('heading', { name: words.removed }).waitFor()
  await stop('removed', chen.page)
  await ana.people.getByRole('button', { name: words.endForAll }).click()
  await page.getByRole('dialog').getByRole('button', { name: words.endForAll }).click()
  await page.getByRole('heading', { name: words.ended }).waitFor()
  await stop('ended', page)
}

/** What a host is asked, and goes back from. */
async function lookAtDialogs(
  host: Person,
  guest: Person,
  stop: (name: Stop, page: Page) => Promise<void>,
): Promise<void> {
  const { page, people, words } = host
  const dialog = page.getByRole('dialog')
  await people.getByRole('button', { name: words.options(guest.role.name) }).click()
  await dialog.waitFor()
  await stop('person', page)
  await dialog.getByRole('button', { name: words.removeFromRoom }).click()
  await dialog.getByRole('button', { name: words.remove, exact: true }).waitFor()
  await stop('remove', page)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await people.getByRole('button', { name: words.endForAll }).click()
  await dialog.waitFor()
  await stop('end', page)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
}

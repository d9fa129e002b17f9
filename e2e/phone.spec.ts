/** A call on a phone: its bar, back, the keyboard, and what the system does to a page in the middle of a call. */
import { AxeBuilder } from '@axe-core/playwright'
import type { BrowserContextOptions, Page } from '@playwright/test'
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { colourOf, distance } from './support/senses.ts'
import { expect, test } from './support/test.ts'

const SIZES = {
  small: { width: 320, height: 568 },
  upright: { width: 390, height: 844 },
  lying: { width: 844, height: 390 },
}
const phone = (more: BrowserContextOptions = {}): BrowserContextOptions => ({
  viewport: SIZES.upright,
  isMobile: true,
  hasTouch: true,
  ...more,
})
const LONG = 'Maximiliane Alexandrina von Hohenfels'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** Somebody in a room of their own. */
async function call(person: Person, origin: string): Promise<string> {
  await person.open(origin)
  await person.register()
  const link = await person.createRoom('On the phone')
  await person.join()
  return link
}
async function follow(person: Person, link: string): Promise<void> {
  await person.open(link)
  await person.register()
  await person.join()
}

async function expectNothingSticksOut(page: Page, where: string): Promise<void> {
  const out = await page.evaluate(() => {
    const { scrollingElement } = document
    if (scrollingElement && scrollingElement.scrollWidth > innerWidth) return ['the page scrolls sideways']
    return [...document.querySelectorAll('button, a, input, textarea, select, h1, h2')]
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect()
        return width > 1 && (left < -0.5 || right > innerWidth + 0.5)
      })
      .map((element) => element.outerHTML.slice(0, 120))
  })
  expect(out, where).toEqual([])
}

async function expectAxeFindsNothing(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
}

test('the bar is microphone, camera, chat, More and Leave, upright and lying, and nothing sticks out', async ({
  server,
  invite,
}) => {
  const ana = await invite({ ...CAST.ana, name: LONG }, { context: phone() })
  const { page } = ana
  const link = await call(ana, server.origin)
  const bora = await invite({ ...CAST.bora, name: `${LONG} 2` }, { context: phone() })
  await follow(bora, link)
  const dock = page.getByRole('region', { name: 'Call controls' })
  for (const [name, size] of Object.entries(SIZES))
    await test.step(name, async () => {
      await page.setViewportSize(size)
      await expect(page.getByRole('button', { name: 'More' })).toBeVisible()
      const buttons = dock.getByRole('button')
      expect(await buttons.evaluateAll((all) => all.map((one) => one.ariaLabel))).toEqual([
        'Mute',
        'Stop camera',
        'Chat',
        'More',
        'Leave',
      ])
      for (const one of await buttons.all()) await expect(one).toBeInViewport({ ratio: 1 })
      await expectNothingSticksOut(page, 'the call')
      for (const entry of ['Invite', 'Devices', 'Keyboard shortcuts'] as const) {
        await button(page, 'More').click()
        const list = page.getByRole('dialog', { name: 'More' })
        await expect(list.getByRole('button', { name: 'People' })).toBeVisible()
        // A camera on a desk looks nowhere in particular.
        await expect(list.getByRole('button', { name: 'Flip camera' })).toHaveCount(0)
        await expectNothingSticksOut(page, 'More')
        await list.getByRole('button', { name: entry }).click()
        await expect(list).toBeHidden()
        await expect(page.getByRole('dialog')).toBeVisible()
        await expectNothingSticksOut(page, entry)
        await page.keyboard.press('Escape')
        await expect(page.getByRole('dialog')).toBeHidden()
      }
      await ana.openPeople()
      await expectNothingSticksOut(page, 'People')
      await page.keyboard.press('Escape')
      await ana.openChat()
      await expectNothingSticksOut(page, 'Chat')
      await page.keyboard.press('Escape')
    })
  await test.step('on a desk there is room for everything', async () => {
    await page.setViewportSize({ width: 1280, height: 800 })
    await expect(dock.getByRole('button', { name: 'Invite' })).toBeVisible()
    await expect(button(page, 'More')).toHaveCount(0)
  })
})

test('the host wears "Host" in the grid, and a long name leaves it room', async ({ server, invite }) => {
  const ana = await invite({ ...CAST.ana, name: LONG })
  const link = await call(ana, server.origin)
  const bora = await invite(CAST.bora, { context: phone({ viewport: SIZES.small }) })
  await follow(bora, link)
  const tile = await bora.tile(ana)
  await expect(tile.getByText('Host', { exact: true })).toBeInViewport({ ratio: 1 })
  const [badge, whole] = [
    await tile.getByText('Host', { exact: true }).boundingBox(),
    await tile.boundingBox(),
  ]
  expect(badge!.x + badge!.width).toBeLessThan(whole!.x + whole!.width)
  await expect(bora.page.locator('[data-self]').getByText('Host')).toHaveCount(0)
  await expect(ana.page.locator('[data-self]').getByText('Host')).toBeVisible()
  await ana.openPeople()
  await ana.people.getByRole('button', { name: 'Options for 보라' }).click()
  await ana.page.getByRole('dialog').getByRole('button', { name: 'Make host' }).click()
  await ana.page.getByRole('dialog').getByRole('button', { name: 'Make host' }).click()
  await expect(tile.getByText('Host', { exact: true })).toHaveCount(0)
  await expect(bora.page.locator('[data-self]').getByText('Host')).toBeAttached()
})

test('back closes what is open, asks before it leaves, and forward and reload are sane', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana, { context: phone() })
  const { page } = ana
  const dialog = page.getByRole('dialog')
  const question = page.getByRole('dialog', { name: 'Leave the call?' })
  const inCall = () => expect(page.locator('[data-self]').first()).toBeVisible()
  await ana.open(server.origin)
  await ana.register()

  await test.step('on the main page it closes the dialog', async () => {
    await button(page, 'New room').click()
    await expect(dialog).toBeVisible()
    await page.goBack()
    await expect(dialog).toBeHidden()
    await expect(page.getByRole('heading', { name: 'Hello, Ana' })).toBeVisible()
    await page.goForward()
    await expect(dialog).toBeHidden()
  })
  const link = await ana.createRoom('Back and forth')
  await test.step('from the door one step back is the main page, one forward the door', async () => {
    await expect(button(page, 'Join')).toBeEnabled()
    await page.goBack()
    await expect(page.getByRole('heading', { name: 'Hello, Ana' })).toBeVisible()
    await page.goForward()
    await expect(button(page, 'Join')).toBeEnabled()
    expect(page.url()).toBe(link)
  })
  await ana.join()

  await test.step('panels and sheets first, the topmost before the others', async () => {
    await ana.openChat()
    await page.goBack()
    await expect(ana.chat).toBeHidden()
    await expect(button(page, 'Chat')).toBeFocused()
    await ana.openPeople()
    await ana.people.getByRole('button', { name: 'End the call for everyone' }).click()
    await expect(dialog).toBeVisible()
    await page.goBack()
    await expect(dialog).toBeHidden()
    await expect(ana.people).toBeVisible()
    await page.goBack()
    await expect(ana.people).toBeHidden()
    // A list that has given way to what was chosen in it is no step of its own.
    await button(page, 'More').click()
    await button(page, 'Invite').click()
    await expect(page.getByRole('dialog', { name: 'Invite people' })).toBeVisible()
    await page.goBack()
    await expect(dialog).toBeHidden()
    // What was closed by its own button is no step any more.
    await ana.openChat()
    await ana.chat.getByRole('button', { name: 'Close' }).click()
    await inCall()
  })
  await test.step('then it asks; back once more is staying', async () => {
    await page.goBack()
    await expect(question).toBeVisible()
    await expectAxeFindsNothing(page)
    await page.goBack()
    await expect(question).toBeHidden()
    await inCall()
    await page.goBack()
    await question.getByRole('button', { name: 'Stay' }).click()
    await expect(question).toBeHidden()
    await inCall()
    expect(page.url()).toBe(link)
  })
  await test.step('forward leads nowhere', async () => {
    await page.goForward()
    await inCall()
    await expect(dialog).toBeHidden()
  })
  await test.step('after a reload with a panel open it still asks', async () => {
    await ana.openChat()
    await page.reload()
    await inCall()
    await expect(ana.chat).toBeHidden()
    await page.goBack()
    await expect(question).toBeVisible()
    await question.getByRole('button', { name: 'Stay' }).click()
  })
  await test.step('several steps at once, past the room, ask as well', async () => {
    await expect(question).toBeHidden()
    await page.evaluate(() => history.go(-2))
    await expect(question).toBeVisible()
    await expect(page).toHaveURL(link)
    await inCall()
  })
  await question.getByRole('button', { name: 'Leave' }).click()
  await expect(page.getByRole('heading', { name: 'You have left' })).toBeVisible()
  await expect.poll(() => page.evaluate(() => (history.state as { layer?: number }).layer ?? 0)).toBe(0)
  await page.goBack()
  await expect(page.getByRole('heading', { name: 'Hello, Ana' })).toBeVisible()
  await page.goForward()
  await expect(button(page, 'Join')).toBeEnabled()
})

test('the screen is kept awake in a call, again after it was hidden, and no longer', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana, { context: phone() })
  const { page } = ana
  await page.addInitScript(() => {
    const locks: { released: boolean; release(): Promise<void> }[] = []
    const { wakeLock } = navigator
    const request = wakeLock.request.bind(wakeLock)
    wakeLock.request = async (type) => {
      const lock = await request(type)
      locks.push(lock)
      return lock
    }
    Object.assign(globalThis, { wakeLocks: locks })
  })
  const held = () =>
    page.evaluate(() => {
      const { wakeLocks } = globalThis as unknown as { wakeLocks: { released: boolean }[] }
      return wakeLocks.filter(({ released }) => !released).length
    })
  await page.context().grantPermissions(['camera', 'microphone', 'screen-wake-lock'])
  await ana.open(server.origin)
  await ana.register()
  await ana.createRoom('Awake')
  await expect(button(page, 'Join')).toBeEnabled()
  expect(await held()).toBe(0)
  await ana.join()
  await expect.poll(held).toBe(1)
  // What a browser does when the page is hidden, and what it then tells when it is back.
  await page.evaluate(async () => {
    const { wakeLocks } = globalThis as unknown as { wakeLocks: { release(): Promise<void> }[] }
    for (const lock of wakeLocks) await lock.release()
  })
  expect(await held()).toBe(0)
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await expect.poll(held).toBe(1)
  await ana.leave()
  await expect.poll(held).toBe(0)
})

test('a keyboard on the screen leaves the chat’s field in sight', async ({ server, invite }) => {
  const ana = await invite(CAST.ana, { context: phone() })
  const { page } = ana
  await call(ana, server.origin)
  await ana.openChat()
  for (const text of ['one', 'two', 'three', 'four', 'the last word']) await ana.say(text)
  const field = ana.chat.getByRole('textbox', { name: 'Message' })
  const close = ana.chat.getByRole('button', { name: 'Close' })
  const expectAbove = async (top: number, bottom: number): Promise<void> => {
    await expect(field).toBeFocused()
    await expect
      .poll(async () => {
        const box = (await field.boundingBox())!
        return box.y + box.height
      })
      .toBeLessThanOrEqual(bottom)
    expect((await close.boundingBox())!.y).toBeGreaterThanOrEqual(top)
    await expect
      .poll(
        async () => {
          const last = (await ana.chat.getByText('the last word').boundingBox())!
          return (await field.boundingBox())!.y - last.y - last.height
        },
        { message: 'the last message is above the field' },
      )
      .toBeGreaterThanOrEqual(-1)
  }
  await test.step('where it makes the page smaller', async () => {
    await page.setViewportSize({ width: 390, height: 508 })
    await expectAbove(0, 508)
    await page.setViewportSize({ width: 844, height: 200 })
    await expectAbove(0, 200)
    await page.setViewportSize({ width: 320, height: 308 })
    await expectAbove(0, 308)
    await page.setViewportSize(SIZES.upright)
  })
  await test.step('where it lies over the page, which has been pushed up', async () => {
    const see = (top: number, height: number): Promise<void> =>
      page.evaluate(
        ([offsetTop, seen]) => {
          Object.defineProperty(visualViewport, 'height', { get: () => seen, configurable: true })
          Object.defineProperty(visualViewport, 'offsetTop', { get: () => offsetTop, configurable: true })
          visualViewport?.dispatchEvent(new Event('resize'))
        },
        [top, height] as const,
      )
    await see(120, 420)
    await expectAbove(120, 540)
    await page.setViewportSize(SIZES.lying)
    await see(60, 190)
    await expectAbove(60, 250)
    await page.setViewportSize(SIZES.upright)
    await see(0, 844)
    await expect.poll(async () => (await field.boundingBox())!.y).toBeGreaterThan(700)
  })
})

test('what the phone keeps for itself is left free', async ({ server, invite }) => {
  const ana = await invite(CAST.ana, { context: phone() })
  const { page } = ana
  await call(ana, server.origin)
  const cdp = await page.context().newCDPSession(page)
  const edges = async (): Promise<{ top: number; left: number; right: number; bottom: number }> =>
    page.evaluate(() => {
      const boxes = [
        ...document.querySelectorAll('h1, [data-self], section[aria-label] button, textarea, aside button'),
      ]
        .filter((element) => element.checkVisibility())
        .map((element) => element.getBoundingClientRect())
        .filter(({ width }) => width > 1)
      return {
        top: Math.min(...boxes.map(({ top }) => top)),
        left: Math.min(...boxes.map(({ left }) => left)),
        right: innerWidth - Math.max(...boxes.map(({ right }) => right)),
        bottom: innerHeight - Math.max(...boxes.map(({ bottom }) => bottom)),
      }
    })
  for (const [size, insets] of [
    [SIZES.upright, { top: 47, left: 0, right: 0, bottom: 34 }],
    [SIZES.lying, { top: 0, left: 47, right: 47, bottom: 21 }],
  ] as const) {
    await page.setViewportSize(size)
    await cdp.send('Emulation.setSafeAreaInsetsOverride', { insets })
    for (const open of ['nothing', 'chat', 'people'] as const) {
      if (open === 'chat') await ana.openChat()
      if (open === 'people') await ana.openPeople()
      const free = await edges()
      for (const edge of ['top', 'left', 'right', 'bottom'] as const)
        expect(free[edge], `${size.width} wide, ${open} open: ${edge}`).toBeGreaterThanOrEqual(insets[edge])
      if (open !== 'nothing') await page.keyboard.press('Escape')
    }
  }
})

/** The page of somebody whose phone takes camera and microphone away, and gives them back. */
async function tapDevices(page: Page) {
  await page.addInitScript(() => {
    const opened: MediaStreamTrack[] = []
    const system = { opened, busy: false }
    Object.assign(globalThis, { system })
    const { mediaDevices } = navigator
    const ask = mediaDevices.getUserMedia.bind(mediaDevices)
    mediaDevices.getUserMedia = async (constraints) => {
      if (system.busy) throw new DOMException('Could not start source', 'NotReadableError')
      const stream = await ask(constraints)
      opened.push(...stream.getTracks())
      return stream
    }
  })
  type System = { opened: MediaStreamTrack[]; busy: boolean }
  return {
    /** Another app has them: nothing more comes from them. `muted`: the track stays, and gives nothing. */
    take: (kind: 'audio' | 'video', how: 'ended' | 'muted') =>
      page.evaluate(
        ([taken, way]) => {
          const { opened } = (globalThis as unknown as { system: System }).system
          const track = opened.findLast((one) => one.kind === taken && one.readyState === 'live')
          track?.stop()
          if (way === 'muted') {
            Object.defineProperty(track, 'readyState', { value: 'live' })
            Object.defineProperty(track, 'muted', { value: true })
          }
          track?.dispatchEvent(new Event(way === 'muted' ? 'mute' : 'ended'))
        },
        [kind, how] as const,
      ),
    setBusy: (busy: boolean) =>
      page.evaluate((now) => {
        ;(globalThis as unknown as { system: System }).system.busy = now
      }, busy),
    opened: (kind: 'audio' | 'video') =>
      page.evaluate(
        (wanted) =>
          (globalThis as unknown as { system: System }).system.opened.filter((one) => one.kind === wanted)
            .length,
        kind,
      ),
    back: () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))),
  }
}

test('after a phone call camera and microphone come back, and whoever was muted stays muted', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana, { context: phone() })
  const { page } = ana
  const system = await tapDevices(page)
  const link = await call(ana, server.origin)
  const bora = await invite(CAST.bora)
  await follow(bora, link)
  await bora.expectToMeet(ana)
  const resume = button(page, 'Tap to resume')
  const standsStill = async (): Promise<boolean> => {
    const before = await bora.framesFrom(ana)
    await page.waitForTimeout(1_500)
    return (await bora.framesFrom(ana)) === before
  }

  await test.step('taken for a phone call: the others are told, and it comes back with the page', async () => {
    await system.setBusy(true)
    await system.take('video', 'ended')
    await system.take('audio', 'ended')
    await expect(button(page, 'Unmute')).toBeVisible()
    await expect((await bora.tile(ana)).getByText('Microphone off').first()).toBeAttached()
    await expect(resume).toBeVisible()
    await expect.poll(standsStill).toBe(true)
    await system.setBusy(false)
    await system.back()
    await bora.expectToMeet(ana)
    await expect(resume).toHaveCount(0)
  })
  await test.step('not given back by itself: a tap brings it', async () => {
    await system.setBusy(true)
    await system.take('video', 'ended')
    await expect(resume).toBeVisible()
    await system.setBusy(false)
    await resume.click()
    await bora.expectToSee(ana)
    await expect(resume).toHaveCount(0)
  })
  await test.step('muted by the system for longer than a moment: asked for anew', async () => {
    const cameras = await system.opened('video')
    const microphones = await system.opened('audio')
    await system.take('video', 'muted')
    await system.take('audio', 'muted')
    await expect.poll(() => system.opened('video')).toBe(cameras + 1)
    await expect.poll(() => system.opened('audio')).toBe(microphones + 1)
    await bora.expectToMeet(ana)
  })
  await test.step('muted by its owner', async () => {
    await button(page, 'Mute').click()
    const microphones = await system.opened('audio')
    await system.take('audio', 'ended')
    await system.take('video', 'ended')
    await system.back()
    await bora.expectToSee(ana)
    await expect(button(page, 'Unmute')).toBeVisible()
    await bora.expectNotToHear(ana)
    expect(await system.opened('audio'), 'the microphone isn’t even opened').toBe(microphones)
    await button(page, 'Unmute').click()
    await bora.expectToHear(ana)
  })
})

test('what the browser has paused goes on by itself, or with a tap where it wants one', async ({
  server,
  invite,
}) => {
  const bora = await invite(CAST.bora)
  const link = await call(bora, server.origin)
  const ana = await invite(CAST.ana, { context: phone() })
  const { page } = ana
  await page.addInitScript(() => {
    const rules = { gesture: false }
    Object.assign(globalThis, { rules })
    let touched = false
    document.addEventListener(
      'click',
      ({ isTrusted }) => {
        touched = isTrusted
        setTimeout(() => (touched = false))
      },
      true,
    )
    const { play } = HTMLMediaElement.prototype
    HTMLMediaElement.prototype.play = function () {
      if (!rules.gesture || touched) return play.call(this)
      return Promise.reject(new DOMException('no gesture', 'NotAllowedError'))
    }
  })
  await follow(ana, link)
  await ana.expectToMeet(bora)
  const pauseAll = (gesture: boolean): Promise<void> =>
    page.evaluate((wanted) => {
      ;(globalThis as unknown as { rules: { gesture: boolean } }).rules.gesture = wanted
      for (const element of document.querySelectorAll<HTMLMediaElement>('audio, video')) element.pause()
    }, gesture)
  const paused = (): Promise<number> =>
    page.evaluate(
      () =>
        [...document.querySelectorAll<HTMLMediaElement>('audio, video')].filter((one) => one.paused).length,
    )
  const resume = button(page, 'Tap to resume')

  await pauseAll(false)
  await expect.poll(paused).toBe(0)
  await expect(resume).toHaveCount(0)
  await ana.expectToMeet(bora)

  await pauseAll(true)
  await expect(resume).toBeInViewport({ ratio: 1 })
  await expectAxeFindsNothing(page)
  expect(await paused()).toBeGreaterThan(2)
  await resume.click()
  await expect(resume).toHaveCount(0)
  expect(await paused()).toBe(0)
  await ana.expectToMeet(bora)
})

test('the camera is flipped and flipped back, and only the front is a mirror', async ({ server, invite }) => {
  const ana = await invite(CAST.ana, { context: phone() })
  const { page } = ana
  const BACK = [50, 70, 210] as const
  await page.addInitScript((colour) => {
    const { mediaDevices } = navigator
    const ask = mediaDevices.getUserMedia.bind(mediaDevices)
    const list = mediaDevices.enumerateDevices.bind(mediaDevices)
    const facing = new WeakMap<MediaStreamTrack, string>()
    const settings = MediaStreamTrack.prototype.getSettings
    MediaStreamTrack.prototype.getSettings = function () {
      const facingMode = facing.get(this)
      return { ...settings.call(this), ...(facingMode && { facingMode, deviceId: facingMode }) }
    }
    mediaDevices.enumerateDevices = async () => {
      const devices = (await list()).filter(({ kind }) => kind !== 'videoinput')
      const camera = (deviceId: string) => ({ kind: 'videoinput', deviceId, label: deviceId, groupId: '' })
      return [...devices, camera('user'), camera('environment')] as MediaDeviceInfo[]
    }
    mediaDevices.getUserMedia = async (constraints) => {
      const { video } = constraints ?? {}
      if (!video || video === true) return ask(constraints)
      const { exact } = (video.facingMode ?? {}) as { exact?: string }
      if (exact !== 'environment') {
        const stream = await ask({ video: { width: 320, height: 240 } })
        for (const track of stream.getTracks()) facing.set(track, 'user')
        return stream
      }
      const canvas = document.createElement('canvas')
      const context = canvas.getContext('2d')!
      context.fillStyle = `rgb(${colour.join(' ')})`
      setInterval(() => context.fillRect(0, 0, 300, 150), 50)
      const stream = canvas.captureStream(15)
      for (const track of stream.getTracks()) facing.set(track, 'environment')
      return stream
    }
  }, BACK)
  const link = await call(ana, server.origin)
  const bora = await invite(CAST.bora)
  await follow(bora, link)
  await bora.expectToSee(ana)
  const own = page.locator('[data-self] video')
  const flip = async (): Promise<void> => {
    await button(page, 'More').click()
    await button(page, 'Flip camera').click()
    await expect(page.getByRole('dialog')).toBeHidden()
  }
  await expect(own).toHaveClass(/mirrored/)
  await flip()
  const tile = `[data-peer-id="${await ana.peerId()}"]`
  await expect
    .poll(async () => distance((await colourOf(bora.page, tile)) ?? [0, 0, 0], BACK), { timeout: 15_000 })
    .toBeLessThan(60)
  await expect(own).not.toHaveClass(/mirrored/)
  await flip()
  await bora.expectToSee(ana)
  await expect(own).toHaveClass(/mirrored/)
  await button(page, 'Stop camera').click()
  await button(page, 'More').click()
  await expect(button(page, 'Flip camera')).toHaveCount(0)
})

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148'
const IN_APP = [
  {
    app: 'KakaoTalk',
    userAgent: `${IPHONE} KAKAOTALK/11.2.0 (INAPP)`,
    way: /^kakaotalk:\/\/web\/openExternal\?url=/,
  },
  {
    app: 'Instagram',
    userAgent:
      'Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Chrome/131.0 Mobile Instagram 360.0 Android',
    way: /^intent:\/\/localhost:\d+\/r\/.*;action=android\.intent\.action\.VIEW;/,
  },
  { app: 'Instagram', userAgent: `${IPHONE} Instagram 360.0`, way: undefined },
]

for (const { app, userAgent, way } of IN_APP)
  test(`a browser inside ${app} that refuses the camera (${way ? 'with' : 'without'} a way out of its own)`, async ({
    server,
    invite,
  }) => {
    const ana = await invite(CAST.ana)
    const link = await call(ana, server.origin)
    const bora = await invite(CAST.bora, {
      devices: 'denied',
      context: phone({ viewport: SIZES.small, userAgent }),
    })
    const { page } = bora
    await bora.open(link)
    await bora.register()
    await expect(page.getByRole('heading', { name: 'Open this in your browser' })).toBeVisible()
    await expect(page.getByText(`${app} keeps pages`)).toBeVisible()
    await expectNothingSticksOut(page, 'the page')
    await expectAxeFindsNothing(page)
    const open = page.getByRole('link', { name: 'Open in your browser' })
    await expect(open).toHaveCount(way ? 1 : 0)
    await expect(page.getByText('Choose “Open in')).toBeVisible()
    await expect(page.getByRole('textbox', { name: 'Link to this room' })).toHaveValue(link)
    await button(page, 'Copy link').click()
    await expect(page.getByText(/^Copied$|The link is selected/).first()).toBeVisible()
    if (way) {
      expect(await open.getAttribute('href')).toMatch(way)
      // Here is no such app: then it must not look as if the button worked.
      // (Chromium would ask which program is to have the address, and lie over the page.)
      await page.evaluate(() => addEventListener('click', (event) => event.preventDefault(), { once: true }))
      await open.click()
      await expect(page.getByText('Nothing happened?')).toBeVisible()
      await expect(open).toHaveCount(0)
    }
    await button(page, 'Go on and just watch and listen').click()
    await bora.join()
    await bora.expectToMeet(ana)
  })

test('a browser that has no way to a camera at all says so; one that says no of its own accord doesn’t', async ({
  server,
  invite,
}) => {
  const ana = await invite(CAST.ana, { context: phone() })
  await ana.page.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, 'mediaDevices', { get: () => undefined }),
  )
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('No camera')
  await expect(ana.page.getByRole('heading', { name: 'Open this in your browser' })).toBeVisible()
  await expect(ana.page.getByRole('link', { name: 'Open in your browser' })).toHaveCount(0)
  await expect(ana.page.getByRole('textbox', { name: 'Link to this room' })).toHaveValue(link)
  const bora = await invite(CAST.bora, { devices: 'denied', context: phone() })
  await bora.open(link)
  await bora.register()
  await expect(bora.page.getByText('blocked for this page')).toBeVisible()
  await expect(button(bora.page, 'Join')).toBeEnabled()
})

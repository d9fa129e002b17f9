/** The host, by real browsers: the badge, muting, removing, handing over, ending; hands, reactions, forged messages. */
import type { Page } from '@playwright/test'
import { CAST, type Role } from './support/cast.ts'
import type { Person, PersonOptions } from './support/person.ts'
import { colourOf, sentEnergyOf } from './support/senses.ts'
import { expect, test } from './support/test.ts'

type Invite = (role: Role, options?: PersonOptions) => Promise<Person>

/** Ana makes a room and is its host; the others come after her, in order. */
async function meet(origin: string, invite: Invite, guests: Role[]) {
  const ana = await invite(CAST.ana)
  await ana.open(origin)
  await ana.register()
  const link = await ana.createRoom('Hosted')
  await ana.join()
  const others: Person[] = []
  for (const role of guests) {
    const guest = await invite(role)
    await guest.open(link)
    await guest.register()
    await guest.join()
    others.push(guest)
  }
  return { ana, link, others }
}

const row = (viewer: Person, name: string) => viewer.people.getByRole('listitem').filter({ hasText: name })

/** What the host does to somebody, by the menu beside the name. */
async function choose(host: Person, name: string, action: string): Promise<void> {
  await host.people.getByRole('button', { name: `Options for ${name}` }).click()
  await host.page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click()
}

test('the host wears the badge, keeps it over a reload, and nobody else gets it', async ({
  server,
  invite,
}) => {
  const { ana, others } = await meet(server.origin, invite, [CAST.bora])
  const bora = others[0]!
  await bora.openPeople()
  await expect(row(bora, 'Ana').getByText('Host', { exact: true })).toBeVisible()
  await expect(row(bora, '보라').getByText('Host', { exact: true })).toHaveCount(0)
  await expect(bora.people.getByRole('button', { name: /Options for/ })).toHaveCount(0)
  await expect(bora.people.getByRole('button', { name: 'End the call for everyone' })).toHaveCount(0)

  await ana.page.reload()
  await ana.expectInCall()
  await expect(row(bora, 'Ana').getByText('Host', { exact: true })).toBeVisible()
  await ana.openPeople()
  await expect(ana.people.getByRole('button', { name: 'Options for 보라' })).toBeVisible()

  await test.step('while the host is away nobody is', async () => {
    await ana.leave()
    await expect(row(bora, 'Ana')).toHaveCount(0)
    await expect(bora.people.getByText('Host', { exact: true })).toHaveCount(0)
    await expect(bora.people.getByRole('button', { name: /Options for/ })).toHaveCount(0)
  })
})

test('who is muted by the host is not heard, even when their page goes on sending', async ({
  server,
  invite,
}) => {
  const { ana, link } = await meet(server.origin, invite, [])
  const bora = await invite(CAST.bora)
  // This page can't be silenced: whatever it is told, its microphone stays on.
  await bora.page.addInitScript(() => {
    const native = Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, 'enabled')!
    Object.defineProperty(MediaStreamTrack.prototype, 'enabled', {
      get: native.get!,
      set(this: MediaStreamTrack) {
        native.set!.call(this, true)
      },
    })
  })
  await bora.open(link)
  await bora.register()
  await bora.join()
  await ana.expectToMeet(bora)

  await ana.openPeople()
  await choose(ana, '보라', 'Mute')
  await expect(bora.page.getByText('Ana muted you').first()).toBeVisible()
  await expect(bora.page.getByRole('button', { name: 'Unmute', exact: true })).toBeVisible()
  await ana.expectNotToHear(bora)
  const before = await sentEnergyOf(bora.page)
  await expect.poll(() => sentEnergyOf(bora.page), { message: 'she goes on sending' }).toBeGreaterThan(before)
  await ana.expectNotToHear(bora)
  await ana.people.getByRole('button', { name: 'Options for 보라' }).click()
  await expect(ana.page.getByRole('dialog').getByRole('button', { name: 'Mute' })).toHaveCount(0)
  await ana.page.keyboard.press('Escape')

  await test.step('who comes later does not hear them either', async () => {
    const chen = await invite(CAST.chen)
    await chen.open(link)
    await chen.register()
    await chen.join()
    await chen.expectToMeet(ana)
    await chen.expectToSee(bora)
    await chen.expectNotToHear(bora)
    await chen.close()
  })
  await test.step('only they themselves switch it on again', async () => {
    await bora.page.getByRole('button', { name: 'Unmute', exact: true }).click()
    await ana.expectToHear(bora)
  })
  await test.step('and the camera likewise', async () => {
    await choose(ana, '보라', 'Stop the camera')
    const tile = `[data-peer-id="${await bora.peerId()}"]`
    await expect.poll(() => colourOf(ana.page, tile)).toBeUndefined()
    await expect(bora.page.getByText('Ana stopped your camera').first()).toBeVisible()
    await bora.page.getByRole('button', { name: 'Start camera', exact: true }).click()
    await ana.expectToSee(bora)
  })
})

test('who is removed is gone at once, and comes back neither by reload nor by a second tab', async ({
  server,
  invite,
}) => {
  const { ana, link, others } = await meet(server.origin, invite, [CAST.bora, CAST.chen])
  const [bora, chen] = others as [Person, Person]
  const removed = (page: Page) => page.getByRole('heading', { name: 'You were removed' })
  await ana.expectToSee(bora)
  const context = bora.page.context()
  const tab = await context.newPage()
  await tab.goto(link)
  await tab.getByRole('button', { name: 'Join', exact: true }).waitFor()

  await ana.openPeople()
  await choose(ana, '보라', 'Remove from the room')
  await ana.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  for (const person of [ana, chen]) await expect(person.others).toHaveCount(1, { timeout: 2_000 })
  await expect(removed(bora.page)).toBeVisible()
  await expect(removed(tab)).toBeVisible()

  await bora.page.reload()
  await expect(removed(bora.page)).toBeVisible()
  await expect(bora.page.getByRole('button', { name: 'Join', exact: true })).toHaveCount(0)
  const late = await context.newPage()
  await late.goto(link)
  await expect(removed(late)).toBeVisible()
  for (const person of [ana, chen]) await expect(person.others).toHaveCount(1)
  // Once, when she first came.
  await expect(ana.page.getByText('보라 came in')).toHaveCount(1)
  await chen.expectToSee(ana)
})

test('the host hands over, and the new one ends the call for all', async ({ server, invite }) => {
  const { ana, link, others } = await meet(server.origin, invite, [CAST.bora])
  const bora = others[0]!
  await ana.openChat()
  await ana.say('Only for today')
  await ana.openPeople()
  await bora.openPeople()
  await choose(ana, '보라', 'Make host')
  await ana.page.getByRole('dialog').getByRole('button', { name: 'Make host', exact: true }).click()
  await expect(row(ana, '보라').getByText('Host', { exact: true })).toBeVisible()
  await expect(row(ana, 'Ana').getByText('Host', { exact: true })).toHaveCount(0)
  await expect(ana.people.getByRole('button', { name: /Options for/ })).toHaveCount(0)
  await expect(bora.page.getByText('You are the host now').first()).toBeAttached()

  const end = 'End the call for everyone'
  await bora.people.getByRole('button', { name: end }).click()
  await bora.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await bora.expectInCall()
  await bora.people.getByRole('button', { name: end }).click()
  await bora.page.getByRole('dialog').getByRole('button', { name: end }).click()
  await expect(ana.page.getByRole('heading', { name: 'The host has ended the call' })).toBeVisible()
  await expect(bora.page.getByRole('heading', { name: 'You have ended the call' })).toBeVisible()

  await test.step('the link is good for another call, without the old words', async () => {
    await ana.open(link)
    await ana.join()
    await ana.openChat()
    await expect(ana.chat.getByText('Nothing has been said yet.')).toBeVisible()
    await ana.openPeople()
    await expect(ana.people.getByText('Host', { exact: true })).toHaveCount(0)
  })
})

test('hands stand in the order in which they went up, and reactions float by', async ({ server, invite }) => {
  const { ana, others } = await meet(server.origin, invite, [CAST.bora, CAST.chen])
  const [bora, chen] = others as [Person, Person]
  for (const person of [ana, bora, chen]) await person.openPeople()
  await chen.people.getByRole('button', { name: 'Raise your hand' }).click()
  await expect(row(ana, 'Chen').getByText('Hand raised, number 1')).toBeAttached()
  await bora.people.getByRole('button', { name: 'Raise your hand' }).click()
  await expect(row(ana, '보라').getByText('Hand raised, number 2')).toBeAttached()
  await expect(
    ana.page.locator('[aria-live="polite"]').filter({ hasText: '보라 raised a hand' }),
  ).toBeAttached()
  await expect(ana.people.getByRole('listitem').nth(1)).toContainText('Chen')
  await expect((await ana.tile(bora)).getByText('Hand raised, number 2')).toBeAttached()

  await test.step('a reload keeps the place', async () => {
    await chen.page.reload()
    await chen.expectInCall()
    await expect(row(ana, 'Chen').getByText('Hand raised, number 1')).toBeAttached()
  })
  await test.step('the host lowers one, its owner the other', async () => {
    await choose(ana, 'Chen', 'Lower the hand')
    await expect(row(ana, '보라').getByText('Hand raised, number 1')).toBeAttached()
    await expect(row(ana, 'Chen').getByText(/Hand raised/)).toHaveCount(0)
    await bora.people.getByRole('button', { name: 'Lower your hand' }).click()
    await expect(ana.people.getByText(/Hand raised/)).toHaveCount(0)
  })
  await test.step('a reaction is on the tile for a moment', async () => {
    await bora.people.getByRole('button', { name: 'Applause' }).click()
    const reaction = (await ana.tile(bora)).getByRole('img', { name: 'Applause' })
    await expect(reaction).toBeAttached()
    await expect(reaction).toHaveCount(0)
  })
})

interface Answer {
  id: number
  result?: { data?: { refused?: { reason: string }[] } }
}

test('forged host messages are refused, and nobody hears of them', async ({ server, invite }) => {
  const { ana, link, others } = await meet(server.origin, invite, [CAST.bora])
  const bora = others[0]!
  await ana.expectToMeet(bora)
  const [host, victim] = [await ana.peerId(), await bora.peerId()]
  const eve = await invite(CAST.chen)
  await eve.open(server.origin)
  // The app's own page won't say such things: this speaks the protocol by hand, on a socket of its own.
  const reasons = await eve.page.evaluate(
    async ({ roomId, bodies }) => {
      const secret = () =>
        btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
          .replaceAll('+', '-')
          .replaceAll('/', '_')
          .replaceAll('=', '')
      const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws?connectionParams=1`)
      await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
      const answer = new Promise<Answer>((resolve) =>
        socket.addEventListener('message', ({ data }) => {
          if (!String(data).startsWith('{')) return
          const said = JSON.parse(String(data)) as Answer
          if (said.id === 2) resolve(said)
        }),
      )
      const say = (frame: unknown) => socket.send(JSON.stringify(frame))
      const person = { name: 'Eve', color: 1, state: { mic: false, camera: false }, protocol: 1 }
      const joinInput = { roomId, userSecret: secret(), joinSecret: secret(), ...person }
      say({ method: 'connectionParams', data: { attempt: '1' } })
      say({ id: 1, method: 'subscription', params: { path: 'room.join', input: joinInput } })
      const messages = bodies.map((body, i) => ({ seq: i + 1, body }))
      say({ id: 2, method: 'mutation', params: { path: 'room.send', input: { roomId, messages } } })
      const { result } = await answer
      return result?.data?.refused?.map(({ reason }) => reason)
    },
    {
      roomId: new URL(link).pathname.split('/').at(-1)!,
      bodies: [
        { type: 'moderate', to: victim, action: 'mute' },
        { type: 'moderate', to: victim, action: 'stop-camera' },
        { type: 'remove', to: victim },
        { type: 'remove', to: host },
        { type: 'hand-over', to: victim },
        { type: 'lock', locked: true },
        { type: 'end' },
        { type: 'chat', text: 'that was all' },
      ],
    },
  )
  expect(reasons).toEqual(Array.from({ length: 7 }, () => 'not-allowed'))
  await ana.openChat()
  await expect(ana.chat.getByText('that was all')).toBeVisible()
  await ana.expectToMeet(bora)
  await bora.expectToMeet(ana)
  await expect(bora.page.getByText(/muted you|stopped your camera|the host now/)).toHaveCount(0)
  await expect(ana.page.getByText('Locked')).toHaveCount(0)
})

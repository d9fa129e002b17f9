/** A reload is the same person again, never a second one; a closed tab is somebody who has left. */
import { CAST } from './support/cast.ts'
import type { Person } from './support/person.ts'
import { expect, test } from './support/test.ts'

const RELOADS = 10

interface Sample {
  /** Tiles of others, by peer id. */
  peers: string[]
  names: string[]
}

/** Looks at a page every 100 ms from now on, from inside of it, so that nothing short-lived is missed. */
async function startSampling(person: Person): Promise<() => Promise<Sample[]>> {
  const handle = await person.page.evaluateHandle(() => {
    const samples: Sample[] = []
    const timer = setInterval(() => {
      const tiles = [...document.querySelectorAll<HTMLElement>('[data-peer-id]:not([data-self]):not(audio)')]
      samples.push({
        peers: tiles.map((tile) => tile.dataset['peerId'] ?? ''),
        names: tiles.map((tile) => tile.textContent),
      })
    }, 100)
    return { samples, stop: () => clearInterval(timer) }
  })
  return () =>
    handle.evaluate(({ samples, stop }) => {
      stop()
      return samples
    })
}

test('ten reloads in a row: never two of one person, and still muted', async ({ server, invite }) => {
  test.setTimeout(180_000)
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('Reloads')
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()
  await bora.expectToMeet(ana)
  await ana.page.getByRole('button', { name: 'Mute', exact: true }).click()
  await expect(ana.page.getByRole('button', { name: 'Unmute' })).toBeVisible()
  const userTile = await ana.peerId()

  const stopSampling = await startSampling(bora)
  const ids = new Set([userTile])
  for (let i = 0; i < RELOADS; i++) {
    await ana.page.reload()
    await ana.expectInCall()
    await expect(ana.page.getByRole('button', { name: 'Unmute' })).toBeVisible()
    await expect(ana.others).toHaveCount(1)
    ids.add(await ana.peerId())
  }
  expect(ids.size, 'each page load is a presence of its own').toBe(RELOADS + 1)
  await bora.expectToSee(ana)
  const samples = await stopSampling()
  expect(samples.length).toBeGreaterThan(RELOADS * 3)
  expect(samples.filter(({ peers }) => peers.length > 1)).toEqual([])
  // A number behind the name would say that there were two of them for the rules, if not for the eye.
  expect(samples.flatMap(({ names }) => names).filter((name) => /Ana \(\d\)/.test(name))).toEqual([])
  await expect(bora.page.getByText(/Ana (came in|left)/)).toHaveCount(0)

  await test.step('still muted for the other, and heard again once unmuted', async () => {
    await bora.expectNotToHear(ana)
    await ana.page.getByRole('button', { name: 'Unmute' }).click()
    await bora.expectToHear(ana)
    await ana.expectToMeet(bora)
  })
})

test('closing the tab leaves within two seconds', async ({ server, invite }) => {
  const ana = await invite(CAST.ana)
  await ana.open(server.origin)
  await ana.register()
  const link = await ana.createRoom('Short visit')
  await ana.join()
  const bora = await invite(CAST.bora)
  await bora.open(link)
  await bora.register()
  await bora.join()
  await bora.expectToSee(ana)

  // Timed by Bora's own page: polling from here adds what a busy machine adds.
  const gone = bora.page.evaluate(
    (id) =>
      new Promise<number>((resolve) => {
        const tile = `[data-peer-id="${id}"]`
        const look = (): void => {
          if (!document.querySelector(tile)) resolve(performance.timeOrigin + performance.now())
        }
        new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true })
      }),
    await ana.peerId(),
  )
  const closed = ana.page.waitForEvent('close').then(() => performance.timeOrigin + performance.now())
  await ana.page.close({ runBeforeUnload: true })
  expect((await gone) - (await closed)).toBeLessThan(2_000)
  await expect(
    bora.page.locator('[aria-live="polite"], [role="status"]').filter({ hasText: 'Ana left' }).first(),
  ).toBeAttached()
})

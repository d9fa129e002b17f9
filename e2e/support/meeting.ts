/** Whether people meet: what one page shows and plays of somebody on another one, in whatever browsers. */
import { expect } from '@playwright/test'
import type { Rgb } from './fake-media.ts'
import { colourOf, distance, framesOf, type Looks, toneOf } from './senses.ts'

export interface Somebody {
  /** Without a colour: a picture that changes all the time. */
  readonly role: { name: string; tone: number; colour?: Rgb }
  readonly page: Looks
  peerId(): Promise<string>
}

const tileOf = (peerId: string): string => `[data-peer-id="${peerId}"]`

export async function framesFrom(watcher: Somebody, other: Somebody): Promise<number> {
  return framesOf(watcher.page, tileOf(await other.peerId()))
}

export async function expectToSee(watcher: Somebody, other: Somebody): Promise<void> {
  const tile = tileOf(await other.peerId())
  const { colour } = other.role
  let first: Rgb | undefined
  const seen = async () => {
    const now = await colourOf(watcher.page, tile)
    if (now === undefined) return 'no picture'
    if (colour) return distance(now, colour) < 60 ? 'the picture' : `another colour: ${now.join(' ')}`
    first ??= now
    return distance(now, first) > 5 ? 'the picture' : 'a picture that stands still'
  }
  await expect
    .poll(seen, { message: `${watcher.role.name} sees ${other.role.name}'s picture`, timeout: 20_000 })
    .toBe('the picture')
  const before = await framesOf(watcher.page, tile)
  await expect
    .poll(() => framesOf(watcher.page, tile), {
      message: `${watcher.role.name} decodes frames of ${other.role.name}`,
    })
    .toBeGreaterThan(before + 3)
}

export async function expectToHear(watcher: Somebody, other: Somebody): Promise<void> {
  const peerId = await other.peerId()
  await expect
    .poll(async () => Math.abs(((await toneOf(watcher.page, peerId)) ?? Infinity) - other.role.tone), {
      message: `${watcher.role.name} hears ${other.role.name}'s tone`,
      timeout: 20_000,
    })
    .toBeLessThan(15)
}

export async function expectNotToHear(watcher: Somebody, other: Somebody): Promise<void> {
  const peerId = await other.peerId()
  // What was on its way when they muted is still played.
  await expect
    .poll(() => toneOf(watcher.page, peerId), {
      message: `${watcher.role.name} doesn't hear ${other.role.name}`,
      timeout: 5_000,
    })
    .toBeUndefined()
}

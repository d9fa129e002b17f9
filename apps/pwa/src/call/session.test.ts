/** Reload or copy: page loads that share a `sessionStorage`, on real Web Locks. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openSession, type Session } from './session.ts'

const { locks } = navigator
const open: Session[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const session of open.splice(0)) session.close()
})

function makeStorage(from: Record<string, string> = {}): Storage & { copy(): Storage } {
  const items = new Map(Object.entries(from))
  return {
    get length() {
      return items.size
    },
    clear: () => items.clear(),
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    copy: () => makeStorage(Object.fromEntries(items)),
  }
}

async function load(storage: Storage, options: { roomId?: string; locks?: LockManager | undefined } = {}) {
  const session = await openSession(options.roomId ?? 'room', {
    storage,
    locks: 'locks' in options ? options.locks : locks,
    patience: 150,
  })
  open.push(session)
  // Its lock comes a moment later.
  if (!('locks' in options))
    await vi.waitFor(async () => {
      const { held = [] } = await locks.query()
      expect(held.map(({ name }) => name)).toContain(`maru-join-${session.joinSecret}`)
    })
  return session
}
const on = { mic: false, camera: true }

describe('a page load', () => {
  it('is a new presence when nothing is remembered', async () => {
    const session = await load(makeStorage())
    expect(session.arrival).toEqual({ kind: 'fresh' })
    expect(session.replaces).toBeUndefined()
  })

  it('is a reload when the page before is gone, with a new secret and the same devices', async () => {
    const storage = makeStorage()
    const before = await load(storage)
    before.remember(on)
    before.close()
    const after = await load(storage)
    expect(after.arrival).toEqual({ kind: 'reload', devices: on })
    expect(after.replaces).toBe(before.joinSecret)
    expect(after.joinSecret).not.toBe(before.joinSecret)
  })

  it('waits for a page that is just going', async () => {
    const storage = makeStorage()
    const before = await load(storage)
    before.remember(on)
    setTimeout(() => before.close(), 80)
    expect((await load(storage)).arrival.kind).toBe('reload')
  })

  it('is a copy when the page it was copied from is alive, and takes nothing from it', async () => {
    const storage = makeStorage()
    const original = await load(storage)
    original.remember(on)
    const copy = await load(storage.copy())
    expect(copy.arrival).toEqual({ kind: 'duplicate', devices: on })
    expect(copy.replaces).toBeUndefined()
    copy.decide(true)
    expect(copy.replaces).toBe(original.joinSecret)
    copy.decide(false)
    expect(copy.replaces).toBeUndefined()
  })

  it('knows a copy of a copy, and of a page that has reloaded', async () => {
    const storage = makeStorage()
    const first = await load(storage)
    first.remember(on)
    first.close()
    const second = await load(storage)
    second.remember(on)
    const copied = storage.copy()
    const copy = await load(copied)
    expect(copy.arrival.kind).toBe('duplicate')
    copy.decide(false)
    copy.remember(on)
    expect(
      (await load(makeStorage({ 'maru:call:room': copied.getItem('maru:call:room')! }))).arrival.kind,
    ).toBe('duplicate')
  })

  it('comes to the door when it had left the call, or another room is meant', async () => {
    const storage = makeStorage()
    const before = await load(storage)
    before.remember(on)
    expect((await load(storage, { roomId: 'other' })).arrival.kind).toBe('fresh')
    before.forget()
    before.close()
    const after = await load(storage)
    expect(after.arrival.kind).toBe('fresh')
    expect(after.replaces).toBeUndefined()
  })

  it('brings the room’s record along (P55), until it has left', async () => {
    const storage = makeStorage()
    const before = await load(storage)
    before.remember(on)
    before.keep('older')
    before.keep('newest')
    before.close()
    const after = await load(storage)
    expect(after.record).toBe('newest')
    after.remember(on)
    after.forget()
    after.close()
    expect((await load(storage)).record).toBeUndefined()
  })

  it('comes to the door when it was restored long after, still in the old one’s place', async () => {
    const storage = makeStorage()
    const before = await load(storage)
    before.remember(on)
    before.close()
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] })
    const after = await load(storage)
    expect(after.arrival.kind).toBe('fresh')
    expect(after.replaces).toBe(before.joinSecret)
  })

  it('takes every copy for a reload where there are no locks', async () => {
    const storage = makeStorage()
    const before = await load(storage, { locks: undefined })
    before.remember(on)
    expect((await load(storage, { locks: undefined })).arrival.kind).toBe('reload')
  })

  it('survives what others wrote into the storage', async () => {
    for (const junk of ['', '{', 'null', '[]', '{"joinSecret":5}']) {
      expect((await load(makeStorage({ 'maru:call:room': junk }))).arrival.kind).toBe('fresh')
    }
  })
})

it('stores nothing before its lock is taken', async () => {
  const storage = makeStorage()
  const session = await openSession('room', { storage, locks })
  open.push(session)
  session.remember(on)
  expect(storage.getItem('maru:call:room')).toBeNull()
  await vi.waitFor(() => expect(storage.getItem('maru:call:room')).toContain(session.joinSecret))
})

it('a renewed presence takes the place of the one before, for a reload too', async () => {
  const storage = makeStorage()
  const session = await load(storage)
  session.remember(on)
  const first = session.joinSecret
  await session.renew()
  expect(session.replaces).toBe(first)
  const second = session.joinSecret
  expect((await load(storage.copy())).arrival.kind).toBe('duplicate')
  session.close()
  expect((await load(storage)).replaces).toBe(second)
})

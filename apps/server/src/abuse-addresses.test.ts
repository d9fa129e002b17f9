/** Who somebody is counted as: proxies that are not named, headers that people write themselves. Real processes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRaw, startTarget, type Target } from './abuse-kit.ts'
import { openPage, type TestPage, until } from './test-kit.ts'

let unnamed: Target
beforeAll(async () => {
  // As behind a proxy on this machine that nobody told the server of.
  unnamed = await startTarget({ TRUSTED_PROXIES: '' })
})
afterAll(() => unnamed[Symbol.asyncDispose]())

const warningsOf = (target: Target): Record<string, unknown>[] =>
  target
    .log()
    .split('\n')
    .flatMap((line) => (line ? [JSON.parse(line) as Record<string, unknown>] : []))
    .filter(({ level }) => Number(level) >= 40)

test('forty people behind a proxy that TRUSTED_PROXIES does not name all get in within ten seconds; it warns once', async () => {
  const started = performance.now()
  const pages: TestPage[] = []
  for (let i = 0; i < 40; i++) {
    const forwardedFor = `198.51.100.${i + 1}`
    pages.push(openPage(unnamed.port, { forwardedFor }))
    await fetch(`http://127.0.0.1:${unnamed.port}/healthz`, { headers: { 'X-Forwarded-For': forwardedFor } })
  }
  const rooms = await Promise.all(pages.slice(0, 4).map((page) => page.createRoom({ capacity: 10 })))
  const inside = pages.map((page, i) => page.join(rooms[i % 4]!))
  await until(() => inside.every(({ heard, end }) => heard.length || end), 'an answer for each', 10_000)
  expect(inside.map(({ end }) => end).filter(Boolean)).toEqual([])
  expect(performance.now() - started).toBeLessThan(10_000)
  for (const page of pages) page[Symbol.dispose]()

  const warnings = warningsOf(unnamed)
  expect(warnings).toHaveLength(1)
  expect(warnings[0]!['msg']).toMatch(/TRUSTED_PROXIES.*set TRUSTED_PROXIES=loopback/)
  expect(unnamed.log()).not.toMatch(/198\.51\.100|127\.0\.0\.1/)
})

test('an invented X-Forwarded-For makes nobody somebody else: not without a proxy, not to the left of what one wrote', async () => {
  await using named = await startTarget()
  const room = { name: 'R', listed: false, capacity: 2, userSecret: 'A'.repeat(43) }
  for (const [target, addressOf] of [
    [unnamed, (i: number) => `198.51.100.${i}`],
    // The proxy has appended whom it saw, which is always the same.
    [named, (i: number) => `198.51.100.${i}, 203.0.113.50`],
    // What isn't an address ends the walk.
    [named, (i: number) => `198.51.100.${i}, unknown, 203.0.113.51`],
  ] as const) {
    const all = await Promise.all([1, 2, 3, 4].map((i) => openRaw(target.port, { address: addressOf(i) })))
    for (const raw of all) for (let i = 0; i < 25; i++) raw.call('mutation', 'rooms.create', room)
    await Promise.all(all.map((raw) => raw.answered(25)))
    const fine = all.reduce((sum, raw) => sum + (raw.reasons()['fine'] ?? 0), 0)
    // Four rooms were made from there before.
    expect(fine).toBe(target === unnamed ? 56 : 60)
    for (const raw of all) raw[Symbol.dispose]()
  }
  expect(warningsOf(named)).toEqual([])
})

test('headers that cannot be: the connection is made, counted as the proxy itself, and nothing is logged of them', async () => {
  await using named = await startTarget({ LOG_LEVEL: 'trace' })
  const odd = [
    '',
    ',,,',
    '999.1.1.1',
    '::1%eth0',
    'x'.repeat(4_000),
    '203.0.113.60;rm',
    '[2001:db8::1]:443',
    '0x7f.1',
  ]
  for (const address of odd) {
    using raw = await openRaw(named.port, { address })
    raw.call('query', 'server.info')
    await raw.answered(1)
    expect(raw.reasons(), address.slice(0, 20)).toEqual({ fine: 1 })
  }
  expect(named.log()).not.toMatch(/203\.0\.113|999\.1|xxxx|2001:db8/)
})

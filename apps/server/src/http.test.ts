/** Pages, their headers, and health. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAddressMatcher } from './edge/client-address.ts'
import { startTestServer, type TestServer } from './test-kit.ts'

const script = `console.log(${'1 + '.repeat(1_000)}1)`
let directory: string
let server: TestServer
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'maru-pages-'))
  await mkdir(join(directory, 'assets'))
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>Maru</title>')
  await writeFile(join(directory, 'assets/index-abc123.js'), script)
  await writeFile(join(directory, 'sw.js'), '// worker')
  await writeFile(join(directory, 'manifest.webmanifest'), '{}')
  server = await startTestServer({
    pagesDirectory: directory,
    trustedProxies: makeAddressMatcher(['loopback'])!,
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

const html = { accept: 'text/html,application/xhtml+xml' }
const get = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { redirect: 'manual', ...init })

test('every answer allows nothing but what the app needs', async () => {
  for (const path of ['/', '/assets/index-abc123.js', '/nothing.js', '/healthz', '/readyz']) {
    const { headers } = await get(path, { headers: html })
    const policy = headers.get('content-security-policy')!
    expect(policy, path).toMatch(/^default-src 'none'; /)
    expect(policy).not.toContain('unsafe')
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${server.port};`)
    expect(policy).toContain("frame-ancestors 'none'")
    for (const feature of [
      'camera',
      'microphone',
      'display-capture',
      'screen-wake-lock',
      'speaker-selection',
    ]) {
      expect(headers.get('permissions-policy')).toContain(`${feature}=(self)`)
    }
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('strict-transport-security')).toBeNull()
  }
})

test('over https, as a trusted proxy tells, browsers are to stay there', async () => {
  const { headers } = await get('/', { headers: { ...html, 'X-Forwarded-Proto': 'https' } })
  expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8,}/)
  expect(headers.get('content-security-policy')).toContain(`wss://127.0.0.1:${server.port}`)
})

test('localhost is not held to https: it is every other program of its port, too', async () => {
  const { headers } = await fetch(`http://localhost:${server.port}/`, {
    headers: { ...html, 'X-Forwarded-Proto': 'https' },
  })
  expect(headers.get('strict-transport-security')).toBeNull()
})

test('the page answers for every path that looks like one, and for nothing else', async () => {
  for (const path of ['/', '/r/AAAAAAAAAAAAAAAAAAAAAA', '/settings', '/left']) {
    const response = await get(path, { headers: html })
    expect(response.status, path).toBe(200)
    expect(await response.text()).toContain('<title>Maru')
    expect(response.headers.get('cache-control')).toBe('no-cache')
  }
  for (const path of [
    '/assets/index-old.js',
    '/favicon.ico',
    '/assets/',
    '/../env.ts',
    '/%2e%2e/env.ts',
    '/.env',
  ]) {
    expect((await get(path, { headers: html })).status, path).toBe(404)
  }
  // A script or a fetch that goes astray must not be answered with a page.
  expect((await get('/settings', { headers: { accept: '*/*' } })).status).toBe(404)
  const posted = await get('/', { method: 'POST', body: 'x' })
  expect(posted.status).toBe(405)
  expect(posted.headers.get('allow')).toBe('GET, HEAD')
  expect((await get('/ws')).status).toBe(426)
})

test('hashed files are kept for good, the others are asked for again', async () => {
  for (const [accepted, coding] of [
    ['gzip, br', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ] as const) {
    const asset = await get('/assets/index-abc123.js', { headers: { 'accept-encoding': accepted } })
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(asset.headers.get('content-encoding')).toBe(coding)
    expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await asset.text()).toBe(script)
  }
  const worker = await get('/sw.js')
  expect(worker.headers.get('cache-control')).toBe('no-cache')
  expect(worker.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  const manifest = await get('/manifest.webmanifest')
  expect(manifest.headers.get('cache-control')).toBe('no-cache')
  expect(manifest.headers.get('content-type')).toBe('application/manifest+json')
  const again = await get('/sw.js', { headers: { 'if-none-match': worker.headers.get('etag')! } })
  expect(again.status).toBe(304)
})

test('what is served stays one build, whatever is asked for and whatever happens on disk', async () => {
  await rm(join(directory, 'assets/index-abc123.js'))
  for (const range of ['bytes=5-2', 'bytes=-5', 'bytes=a-b', 'bytes=0-']) {
    const response = await get('/assets/index-abc123.js', { headers: { range } })
    expect(await response.text(), range).toBe(script)
  }
})

test('health', async () => {
  expect(await (await get('/healthz')).text()).toBe('ok\n')
  const ready = await get('/readyz')
  expect(await ready.json()).toEqual({ ready: true, instance: server.instance })
  expect(ready.headers.get('cache-control')).toBe('no-store')
})

test('a server whose app was not built says what to do', async () => {
  await using bare = await startTestServer()
  const response = await fetch(`http://127.0.0.1:${bare.port}/`, { headers: html })
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('npm run build')
})

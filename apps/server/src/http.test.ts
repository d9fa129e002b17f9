/** Pages, their headers, and health. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
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

/** With a Host header of one's own, which fetch doesn't let anyone have. */
const pageAs = (port: number, host: string, headers: Record<string, string> = {}, path = '/r/abc') =>
  new Promise<string>((resolve, reject) => {
    const asking = request({ port, path, host: '127.0.0.1', headers: { Host: host, ...headers } })
    asking.on('response', (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += String(chunk)))
      response.on('end', () => resolve(body))
    })
    asking.on('error', reject)
    asking.end()
  })
const pictureIn = (page: string): string | undefined =>
  /<meta property="og:image" content="([^"]*)" \/>/.exec(page)?.[1]

test('the preview card of a link is whole for those who make one, and tells nothing of the room', async () => {
  const source = await readFile(new URL('../../pwa/index.html', import.meta.url), 'utf8')
  await using cards = await makeCardServer(source)
  const port = cards.port
  // Facebook, WhatsApp and Slack take anything; others don't say what they take.
  for (const headers of [{ accept: '*/*' }, { accept: 'text/html' }, {}]) {
    for (const path of ['/', '/r/AAAAAAAAAAAAAAAAAAAAAA']) {
      const page = await pageAs(port, `localhost:${port}`, headers, path)
      for (const name of [
        'og:title',
        'og:description',
        'og:type',
        'twitter:card',
        'twitter:title',
        'twitter:description',
      ])
        expect(page, `${name} at ${path}`).toMatch(
          new RegExp(`<meta (name|property)="${name}" content="[^"]+" />`),
        )
      expect(pictureIn(page)).toBe(`http://localhost:${port}/install/card.png`)
      expect(page).not.toContain('AAAA')
    }
  }
  const head = await fetch(`http://127.0.0.1:${port}/r/abc`, { method: 'HEAD' })
  expect(head.status).toBe(200)
  const picture = await fetch(`http://127.0.0.1:${port}/install/card.png`)
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
  // The service worker checks it against the sum that the build has made.
  expect(await pageAs(port, `localhost:${port}`, {}, '/index.html')).toBe(source)
})

test("a forged Host is in no page; the server's own addresses are", async () => {
  const source = await readFile(new URL('../../pwa/index.html', import.meta.url), 'utf8')
  await using cards = await makeCardServer(source)
  for (const host of ['192.168.1.20:3000', '[fd00::7]:3000', '10.0.0.5'])
    expect(pictureIn(await pageAs(cards.port, host))).toBe(`http://${host}/install/card.png`)
  const proxied = await pageAs(cards.port, '10.0.0.5', { 'X-Forwarded-Proto': 'https' })
  expect(pictureIn(proxied)).toBe('https://10.0.0.5/install/card.png')
  for (const forged of [
    'evil.example',
    '8.8.8.8',
    'localhost"><script>alert(1)</script>',
    '10.0.0.5/"><script>',
    "10.0.0.5'$&$`",
    'user@10.0.0.5',
    'laptop.local',
  ])
    expect(await pageAs(cards.port, forged), forged).toBe(source)
  // More addresses than anyone has, each still its own.
  for (let i = 0; i < 40; i++)
    expect(pictureIn(await pageAs(cards.port, `10.1.1.${i}`))).toBe(`http://10.1.1.${i}/install/card.png`)
})

test('with PUBLIC_ORIGIN the card has that address, whatever Host says', async () => {
  const source = await readFile(new URL('../../pwa/index.html', import.meta.url), 'utf8')
  const publicOrigins = ['https://meet.example.org', 'https://maru.example.com:8443']
  await using cards = await makeCardServer(source, publicOrigins)
  for (const [host, origin] of [
    ['meet.example.org', publicOrigins[0]],
    ['maru.example.com:8443', publicOrigins[1]],
    ['evil.example', publicOrigins[0]],
    ['localhost:3000', publicOrigins[0]],
  ] as const)
    expect(pictureIn(await pageAs(cards.port, host)), host).toBe(`${origin}/install/card.png`)
  for (const [coding, undo] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const { headers, body } = await new Promise<{ headers: IncomingHttpHeaders; body: Buffer }>((resolve) => {
      request(
        { port: cards.port, host: '127.0.0.1', path: '/', headers: { 'Accept-Encoding': coding } },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }))
        },
      ).end()
    })
    expect(headers['content-encoding']).toBe(coding)
    expect(pictureIn(String(undo(body)))).toBe(`${publicOrigins[0]}/install/card.png`)
  }
})

/** A server of the page as it is written, and as the build would leave it beside its compressed copies. */
async function makeCardServer(source: string, publicOrigins: string[] = []) {
  const pagesDirectory = await mkdtemp(join(tmpdir(), 'maru-cards-'))
  await mkdir(join(pagesDirectory, 'install'))
  await writeFile(join(pagesDirectory, 'index.html'), source)
  await writeFile(join(pagesDirectory, 'index.html.br'), brotliCompressSync(source))
  await writeFile(join(pagesDirectory, 'index.html.gz'), gzipSync(source))
  const card = new URL('../../pwa/public/install/card.png', import.meta.url)
  await writeFile(join(pagesDirectory, 'install/card.png'), await readFile(card))
  const trustedProxies = makeAddressMatcher(['loopback'])!
  const started = await startTestServer({ pagesDirectory, publicOrigins, trustedProxies })
  return {
    port: started.port,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]()
      await rm(pagesDirectory, { recursive: true })
    },
  }
}

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

/** The app as it was built, over real HTTP: what a browser is told to hold it to, on every kind of answer. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAddressMatcher } from './edge/client-address.ts'
import { startTestServer, type TestServer } from './test-kit.ts'

const pagesDirectory = fileURLToPath(new URL('../../pwa/dist', import.meta.url))
let server: TestServer
beforeAll(async () => {
  if (!existsSync(`${pagesDirectory}/index.html`))
    throw new Error('These tests look at the built app: run `npx turbo run build` first (`npm test` does).')
  const trustedProxies = makeAddressMatcher(['loopback'])!
  server = await startTestServer({ pagesDirectory, trustedProxies, maxPerAddress: 0 })
})
afterAll(() => server?.[Symbol.asyncDispose]())

interface Asked {
  path: string
  method?: string
  headers?: Record<string, string>
}
interface Answer {
  status: number
  headers: Record<string, string | undefined>
  body: string
}

/** With any Host header, which fetch doesn't allow. */
function ask({ path, method = 'GET', headers = {} }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const host = `192.168.1.20:${server.port}`
    const asking = request({
      port: server.port,
      host: '127.0.0.1',
      path,
      method,
      headers: { Host: host, ...headers },
    })
    asking.on('response', (response) => {
      let body = ''
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers as Answer['headers'], body }),
      )
    })
    asking.on('upgrade', () => reject(new Error('it was let in')))
    asking.on('error', reject)
    asking.end()
  })
}

const browser = { accept: 'text/html,application/xhtml+xml' }
const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AA==',
}
const own = () => ({ origin: `http://192.168.1.20:${server.port}` })

/** Every kind of answer that there is, with its status. */
const everyKind = (): [status: number, asked: Asked][] => [
  [200, { path: '/', headers: browser }],
  [200, { path: '/', method: 'HEAD' }],
  [200, { path: '/r/AAAAAAAAAAAAAAAAAAAAAA', headers: browser }],
  [200, { path: '/doctor', headers: browser }],
  ...readdirSync(`${pagesDirectory}/assets`)
    .filter((name) => !/\.(br|gz)$/.test(name))
    .map((name): [number, Asked] => [200, { path: `/assets/${name}` }]),
  [200, { path: '/sw.js' }],
  [200, { path: '/manifest.webmanifest' }],
  [200, { path: '/mark.svg' }],
  [200, { path: '/healthz' }],
  [200, { path: '/readyz' }],
  [404, { path: '/nothing.js' }],
  [404, { path: '/metrics' }],
  [404, { path: '/assets/../../env.ts' }],
  [404, { path: '/trust/maru-ca.crt' }],
  [405, { path: '/', method: 'POST' }],
  [426, { path: '/ws' }],
  [403, { path: '/ws', headers: { ...upgrade, origin: 'https://evil.example' } }],
  [404, { path: '/elsewhere', headers: { ...upgrade, ...own() } }],
  [429, { path: '/ws', headers: { ...upgrade, ...own() } }],
]

/** The directives of a policy, by name. */
const directives = (policy: string): Map<string, string[]> =>
  new Map(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ')
      return [name, sources]
    }),
  )

test('nothing but what is named may be loaded, run, framed or used, whatever the answer is', async () => {
  const { body: page } = await ask({ path: '/', headers: browser })
  const allowed = [...page.matchAll(/<script data-[^>]*>([^]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script, 'latin1').digest('base64')}'`,
  )
  expect(allowed, 'what asks early for the files').toHaveLength(1)
  for (const [status, asked] of everyKind()) {
    const name = `${asked.method ?? 'GET'} ${asked.path}`
    const { status: given, headers } = await ask(asked)
    expect(given, name).toBe(status)
    const policy = headers['content-security-policy'] ?? ''
    expect(policy, name).not.toMatch(/unsafe|\*|https?:\/\/|strict-dynamic|nonce/)
    const rules = directives(policy)
    expect(rules.get('default-src'), name).toEqual(["'none'"])
    expect(rules.get('script-src'), name).toEqual(["'self'", ...allowed])
    expect(rules.get('style-src'), name).toEqual(["'self'"])
    expect(rules.get('connect-src'), name).toEqual(["'self'", `ws://192.168.1.20:${server.port}`])
    for (const never of ['base-uri', 'form-action', 'frame-ancestors'])
      expect(rules.get(never), `${never} at ${name}`).toEqual(["'none'"])
    for (const absent of ['object-src', 'frame-src', 'child-src']) expect(rules.has(absent)).toBe(false)
    expect(headers['x-frame-options'], name).toBe('DENY')
    expect(headers['x-content-type-options'], name).toBe('nosniff')
    expect(headers['referrer-policy'], name).toBe('no-referrer')
    expect(headers['cross-origin-opener-policy'], name).toBe('same-origin')
    expect(headers['cross-origin-resource-policy'], name).toBe('same-origin')
    const permissions = headers['permissions-policy'] ?? ''
    for (const mine of ['camera', 'microphone', 'display-capture', 'screen-wake-lock'])
      expect(permissions, name).toContain(`${mine}=(self)`)
    for (const nobodys of ['geolocation', 'payment', 'usb', 'serial', 'hid', 'midi'])
      expect(permissions, name).toContain(`${nobodys}=()`)
    expect(permissions, name).not.toContain('*')
    for (const telltale of ['server', 'x-powered-by', 'access-control-allow-origin'])
      expect(headers[telltale], `${telltale} at ${name}`).toBeUndefined()
  }
})

test('browsers are held to https where they came by it, and nowhere else', async () => {
  const kinds = everyKind()
  const secure = { 'x-forwarded-proto': 'https' }
  for (const [, asked] of kinds) {
    const over = async (headers: Record<string, string>) =>
      (await ask({ ...asked, headers: { ...asked.headers, ...headers } })).headers[
        'strict-transport-security'
      ]
    expect(await over(secure), asked.path).toBe('max-age=31536000')
    expect(await over({}), asked.path).toBeUndefined()
    expect(await over({ 'x-forwarded-proto': 'http' }), asked.path).toBeUndefined()
    expect(await over({ ...secure, host: `localhost:${server.port}` }), asked.path).toBeUndefined()
  }
  await using untrusting = await startTestServer({ pagesDirectory })
  const told = await fetch(`http://127.0.0.1:${untrusting.port}/`, { headers: secure })
  expect(told.headers.get('strict-transport-security')).toBeNull()
})

test('the page keeps to its own policy: no script but what that names, no style or handler, nothing from elsewhere', async () => {
  const { body } = await ask({ path: '/', headers: browser })
  const scripts = body.match(/<script\b[^>]*>/g) ?? []
  expect(scripts.length).toBeGreaterThan(0)
  for (const script of scripts) expect(script).toMatch(/^<script data-| src="\/(?!\/)/)
  expect(body).not.toMatch(/<style\b|\sstyle=|\son\w+=|javascript:/i)
  for (const [, address] of body.matchAll(/<(?:link|script|img)\b[^>]*\s(?:href|src)="([^"]*)"/g))
    expect(address).toMatch(/^(\/(?!\/)|data:)/)
})

test('whoever comes to a room is told at once of all that its page imports, and of the words', async () => {
  const { body } = await ask({ path: '/r/AAAAAAAAAAAAAAAAAAAAAA', headers: browser })
  const named = (what: string) => new RegExp(` data-${what}="([^"]+)"`).exec(body)?.[1]?.split(' ') ?? []
  const [words, room] = [[...named('en'), ...named('ko')], named('room')]
  expect(words).toHaveLength(2)
  const app = /<script type="module"[^>]* src="([^"]+)"/.exec(body)![1]!
  for (const path of [...words, ...room]) {
    const { status, body: code } = await ask({ path })
    expect([path, status]).toEqual([path, 200])
    const imports = Array.from(
      code.matchAll(/\bfrom ?["'`]\.\/([^"'`]+\.js)["'`]/g),
      ([, file]) => `/assets/${file}`,
    )
    expect([app, ...room]).toEqual(expect.arrayContaining(imports))
  }
  expect(room.length).toBeGreaterThan(1)
})

/** Server and Caddy agree on what is public, each with its own words for it. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isPublicHost } from './client-address.ts'

const start = fileURLToPath(new URL('../../../../infra/caddy/start.sh', import.meta.url))
let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'maru-caddy-'))
  // In Caddy's place somebody who only says what it was started with.
  const caddy = join(directory, 'caddy')
  writeFileSync(caddy, '#!/bin/sh\necho "$TLS $ORIGIN ($NAMES)"\n')
  chmodSync(caddy, 0o755)
})
afterAll(() => rmSync(directory, { recursive: true }))

function startCaddy(env: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync('sh', [start], {
    env: { PATH: directory + delimiter + process.env['PATH'], ...env },
    encoding: 'utf8',
  })
  return { status, stdout: stdout.trim(), stderr }
}

test.each(['meet.example.org', 'localhost.example.org', '1.example.org', 'meet.co'])(
  '%s is public, and vouched for by a public authority',
  (host) => {
    expect(isPublicHost(host)).toBe(true)
    expect(startCaddy({ DOMAIN: host }).stdout).toBe(`public-authority https://${host} (https://${host})`)
  },
)

test.each([
  'localhost',
  'maru.localhost',
  'nas',
  'maru.lan',
  'maru.local',
  'a.b.home.arpa',
  '192.168.1.5',
  '10.0.0.1',
])('%s is not, and vouched for by an authority of its own', (host) => {
  expect(isPublicHost(host)).toBe(false)
  expect(startCaddy({ DOMAIN: host }).stdout).toBe(`own-authority https://${host} (https://${host})`)
})

test('a public address is public, and yet nobody vouches for it', () => {
  expect(isPublicHost('203.0.113.9')).toBe(true)
  expect(startCaddy({ DOMAIN: '203.0.113.9' }).stdout).toBe(
    'own-authority https://203.0.113.9 (https://203.0.113.9)',
  )
})

test('coturn’s own name gets a certificate, too', () => {
  expect(startCaddy({ DOMAIN: 'meet.example.org', TURN_DOMAIN: 'turn.example.org' }).stdout).toBe(
    'public-authority https://meet.example.org (https://meet.example.org, https://turn.example.org)',
  )
})

test('nothing set is localhost; another port is in the address; what is no name stops the start', () => {
  expect(startCaddy({}).stdout).toBe('own-authority https://localhost (https://localhost)')
  expect(startCaddy({ DOMAIN: '', HTTPS_PORT: '8443' }).stdout).toBe(
    'own-authority https://localhost:8443 (https://localhost)',
  )
  for (const DOMAIN of ['https://meet.example.org', 'meet.example.org:8443', 'a b', '[::1]']) {
    const { status, stdout, stderr } = startCaddy({ DOMAIN })
    expect([status, stdout], DOMAIN).toEqual([1, ''])
    expect(stderr).toMatch(/^maru: DOMAIN must be .*; for example DOMAIN=meet\.example\.org\n$/)
  }
})

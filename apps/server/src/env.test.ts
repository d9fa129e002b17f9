/** What the environment may say, and the one line that whoever got it wrong reads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EnvError, readEnv } from './env.ts'

const secret = 'q8Zk2vN7xT4mB9sL1wD6hG3y'

const lineFor = (source: Record<string, string>): string => {
  try {
    readEnv(source)
  } catch (error) {
    if (error instanceof EnvError) return error.message
    throw error
  }
  return 'accepted'
}

test('nothing has to be set; set to nothing is not set', () => {
  const env = readEnv({ PORT: '', REDIS_URL: ' ', HOME: '/root' })
  expect(env).toMatchObject({
    port: 3000,
    internalPort: undefined,
    redisUrl: undefined,
    turn: { secret: undefined, urls: [] },
    publicOrigins: [],
    icePolicy: 'all',
    createKey: undefined,
    roomList: true,
    lan: false,
    lanFolder: undefined,
    leaseMs: 15_000,
    logLevel: 'info',
  })
  expect(env.trustedProxies('127.0.0.1')).toBe(false)
})

test('everything that can be set', () => {
  const env = readEnv({
    PORT: '8080',
    INTERNAL_PORT: '8081',
    HOST: '::1',
    REDIS_URL: 'rediss://:pass@redis.example.org:6380/2',
    TURN_SECRET: secret,
    TURN_URLS: 'stun:stun.example.org, turn:[2001:db8::1]:3478?transport=udp ,turns:turn.example.org:5349',
    PUBLIC_ORIGIN: 'https://meet.example.org,http://localhost:3000/',
    TRUSTED_PROXIES: 'loopback, 192.0.2.0/24, 2001:db8::/32, 198.51.100.7',
    ICE_POLICY: 'relay',
    CREATE_KEY: 'nine pine trees',
    ROOM_LIST: 'off',
    LEASE_MS: '500',
    LOG_LEVEL: 'debug',
  })
  expect(env.turn.urls).toHaveLength(3)
  expect(env.publicOrigins).toEqual(['https://meet.example.org', 'http://localhost:3000'])
  expect(env).toMatchObject({ icePolicy: 'relay', createKey: 'nine pine trees' })
  expect(env).toMatchObject({
    port: 8080,
    internalPort: 8081,
    host: '::1',
    roomList: false,
    leaseMs: 500,
    logLevel: 'debug',
  })
  for (const proxy of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '192.0.2.9', '2001:db8::5', '198.51.100.7']) {
    expect(env.trustedProxies(proxy), proxy).toBe(true)
  }
  for (const stranger of ['10.0.0.1', '198.51.100.8', '2001:db9::1', '', 'garbage']) {
    expect(env.trustedProxies(stranger), stranger).toBe(false)
  }
})

test.each([
  ['PORT', '80a'],
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['INTERNAL_PORT', '99999'],
  ['HOST', 'two words'],
  ['REDIS_URL', 'localhost:6379'],
  ['REDIS_URL', 'http://localhost'],
  ['TURN_URLS', 'turn.example.org'],
  ['TURN_URLS', 'stun:stun.example.org?transport=udp'],
  ['TURN_URLS', 'turn:turn.example.org?transport=tls'],
  ['TURN_TTL', '5'],
  ['PUBLIC_ORIGIN', 'meet.example.org'],
  ['PUBLIC_ORIGIN', 'https://meet.example.org/path'],
  ['PUBLIC_ORIGIN', 'https://*.example.org'],
  ['PUBLIC_ORIGIN', 'https://user@example.org'],
  ['TRUSTED_PROXIES', 'everyone'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['ICE_POLICY', 'turn'],
  ['ROOM_LIST', 'yes'],
  ['LAN', 'yes'],
  ['LAN_FOLDER', 'a\0b'],
  ['LEASE_MS', '15s'],
  ['LOG_LEVEL', 'loud'],
])('%s=%s stops the start with one line', (name, value) => {
  const line = lineFor({ [name]: value })
  expect(line).toMatch(new RegExp(`^${name} must .*; for example ${name}=\\S`))
  expect(line).not.toContain('\n')
  expect(lineFor({ [name]: /for example \w+=(.*)$/.exec(line)![1]!, TURN_SECRET: secret })).toBe('accepted')
})

test.each([
  'short',
  'changeme-changeme-changeme',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'my-static-auth-secret-for-turn',
  'REPLACE_ME_WITH_SOMETHING_LONG',
])('a TURN secret that others could guess is refused, and not repeated: %s', (weak) => {
  const line = lineFor({ TURN_SECRET: weak })
  expect(line).toMatch(/^TURN_SECRET must /)
  expect(line).not.toContain(weak)
})

test('--lan and what contradicts it stop the start with one line', () => {
  expect(readEnv({ LAN: 'on', LAN_FOLDER: '/var/lib/maru' })).toMatchObject({
    lan: true,
    lanFolder: '/var/lib/maru',
  })
  expect(readEnv({ LAN: 'off', PUBLIC_ORIGIN: 'https://meet.example.org' }).lan).toBe(false)
  expect(lineFor({ LAN: 'on', PUBLIC_ORIGIN: 'https://meet.example.org' })).toMatch(
    /^PUBLIC_ORIGIN must not be set with --lan [^\n]*$/,
  )
  for (const HOST of ['127.0.0.1', 'localhost', '::1'])
    expect(lineFor({ LAN: 'on', HOST }), HOST).toMatch(/^HOST must not be set to \S+ with --lan [^\n]*$/)
  expect(lineFor({ LAN: 'on', HOST: '192.168.1.20' })).toBe('accepted')
})

test.each(['tree', 'changeme', '12345678', 'qwertyuiop', 'aaaaaaaaaaaa', 'create-key-1', 'x'.repeat(300)])(
  'a key for making rooms that others could guess is refused, and not repeated: %s',
  (weak) => {
    const line = lineFor({ CREATE_KEY: weak })
    expect(line).toMatch(/^CREATE_KEY must be 8 to 256 characters that nobody could guess/)
    expect(line).not.toContain(weak)
  },
)

test.each(['', 'stun:stun.example.org'])('only a TURN server can be the only way: TURN_URLS=%s', (urls) => {
  const line = lineFor({ ICE_POLICY: 'relay', TURN_URLS: urls })
  expect(line).toMatch(/^ICE_POLICY must .* because nobody could reach anybody; for example ICE_POLICY=all$/)
  expect(line).not.toContain('\n')
  const relay = { TURN_SECRET: secret, TURN_URLS: 'turn:turn.example.org' }
  expect(lineFor({ ICE_POLICY: 'relay', ...relay })).toBe('accepted')
})

test('a password in a URL is not repeated', () => {
  expect(lineFor({ REDIS_URL: 'http://:hunter2@localhost' })).not.toContain('hunter2')
})

test('turn: servers need the secret, stun: servers none', () => {
  expect(lineFor({ TURN_URLS: 'turn:turn.example.org' })).toMatch(/^TURN_SECRET must .* because TURN_URLS/)
  expect(lineFor({ TURN_URLS: 'stun:stun.example.org' })).toBe('accepted')
})

test('the TURN secret may stand in a file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'maru-env-'))
  const file = join(directory, 'turn-secret')
  try {
    expect(lineFor({ TURN_SECRET_FILE: file })).toMatch(
      /^TURN_SECRET_FILE must name a file .* which this user may read/,
    )
    await writeFile(file, `${secret}\n`)
    const env = readEnv({ TURN_SECRET_FILE: file, TURN_SECRET: '', TURN_URLS: 'turn:turn.example.org' })
    expect(env.turn.secret).toBe(secret)
    expect(env.recordSecrets).toEqual([secret])
    const previous = `${secret}-before`
    await writeFile(`${file}.previous`, `${previous}\n`)
    expect(readEnv({ TURN_SECRET_FILE: file }).recordSecrets).toEqual([secret, previous])
    expect(readEnv({ TURN_SECRET: secret }).recordSecrets).toEqual([secret])
    expect(readEnv({}).recordSecrets).toEqual([])
    await writeFile(file, 'changeme-changeme-changeme\n')
    expect(lineFor({ TURN_SECRET_FILE: file })).toMatch(/^TURN_SECRET must /)
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('where the whole internet can come, the list of rooms is for those who ask for one', () => {
  const list = (origin: string, wanted = '') => readEnv({ PUBLIC_ORIGIN: origin, ROOM_LIST: wanted }).roomList
  for (const origin of [
    'https://meet.example.org',
    'https://203.0.113.9:8443',
    'https://[2001:db8::1]',
    'https://localhost,https://meet.example.org',
  ]) {
    expect(list(origin), origin).toBe(false)
    expect(list(origin, 'on'), origin).toBe(true)
  }
  for (const origin of [
    'https://localhost',
    'https://192.168.1.5',
    'https://[fd00::5]',
    'https://nas',
    'https://maru.lan',
  ]) {
    expect(list(origin), origin).toBe(true)
    expect(list(origin, 'off'), origin).toBe(false)
  }
})

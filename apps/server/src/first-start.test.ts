/** What is made once before the stack starts: a secret nobody could guess, kept for good and changed on demand. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const program = fileURLToPath(new URL('first-start.ts', import.meta.url))
let directory: string
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'maru-secrets-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const file = () => join(directory, 'turn-secret')
const held = (suffix = '') => readFileSync(file() + suffix, 'utf8').trim()

function firstStart(env: Record<string, string> = {}, ...args: string[]) {
  const owner = ['--owner', String(process.getuid!())]
  const { status, stderr } = spawnSync(process.execPath, [program, '--secret', file(), ...owner, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  })
  return { status, stderr }
}

test('a secret is made once, for its owner only, and stays', () => {
  expect(firstStart({ TURN_SECRET: '' })).toEqual({ status: 0, stderr: '' })
  const secret = held()
  expect(secret).toMatch(/^[\w-]{43}$/)
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  expect(firstStart().status).toBe(0)
  expect(held()).toBe(secret)
  expect(() => held('.previous')).toThrow('ENOENT')
})

test('on demand there is a new one, and the one before goes on being accepted', () => {
  firstStart()
  const first = held()
  expect(firstStart({}, '--rotate').status).toBe(0)
  expect(held()).not.toBe(first)
  expect(held('.previous')).toBe(first)
})

test('one that somebody chose is taken instead, if it is any good', () => {
  firstStart()
  const first = held()
  const chosen = 'q8Zk2vN7xT4mB9sL1wD6hG3y'
  expect(firstStart({ TURN_SECRET: chosen }).status).toBe(0)
  expect([held(), held('.previous')]).toEqual([chosen, first])
  expect(firstStart({ TURN_SECRET: chosen }, '--rotate').status).toBe(1)
})

test.each(['short', 'changeme-changeme-changeme', 'north', 'two words that are long enough'])(
  'nothing starts with %s',
  (weak) => {
    const given = firstStart({ TURN_SECRET: weak })
    expect(given.status).toBe(1)
    expect(given.stderr).toMatch(/^maru: .*24/)
    expect(given.stderr).not.toContain(weak)
    expect(() => held()).toThrow('ENOENT')

    writeFileSync(file(), `${weak}\n`)
    const found = firstStart()
    expect(found.status).toBe(1)
    expect(found.stderr).toMatch(/^maru: the secret in .*--rotate\n$/)
    expect(held()).toBe(weak)
    expect(firstStart({}, '--rotate').status).toBe(0)
    expect(held()).not.toBe(weak)
    expect(() => held('.previous'), 'is accepted no more').toThrow('ENOENT')
  },
)

test('volumes are made and given to their owner', () => {
  const inner = join(directory, 'a', 'b')
  expect(firstStart({}, '--own', inner).status).toBe(0)
  expect(statSync(inner).uid).toBe(process.getuid!())
})

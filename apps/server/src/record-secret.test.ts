/** The secret in its file: the same at the next start, nobody else's to read, and no start that fails for it. */
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepRecordSecret } from './record-secret.ts'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'maru-secret-'))
})
afterEach(() => rm(parent, { recursive: true }))
const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test('P56 is made at the first start, kept for the next ones, and readable by its owner alone', async () => {
  const folder = join(parent, '.maru')
  const { secret, problem } = keepRecordSecret(folder)
  expect(problem).toBeUndefined()
  expect(secret).toMatch(/^[\w-]{43}$/)
  expect(keepRecordSecret(folder)).toEqual({ secret })
  const file = join(folder, 'record-secret')
  expect([await modeOf(folder), await modeOf(file)]).toEqual([0o700, 0o600])
  await chmod(file, 0o644)
  expect(keepRecordSecret(folder)).toEqual({ secret })
  expect(await modeOf(file)).toBe(0o600)
})

test('P56 one that was cut short is made anew', async () => {
  const file = join(parent, 'record-secret')
  await writeFile(file, 'short\n')
  const { secret } = keepRecordSecret(parent)
  expect((await readFile(file, 'utf8')).trim()).toBe(secret)
})

test('P56 where it cannot be kept there is one for this run, and one line that says so', async () => {
  const file = join(parent, 'a-file')
  await writeFile(file, '')
  const one = keepRecordSecret(file)
  expect(one.secret).toMatch(/^[\w-]{43}$/)
  expect(one.problem).toMatch(/^rooms won't come back .*ENOTDIR.* or set TURN_SECRET$/)
  expect(one.problem).not.toContain(one.secret)
  expect(keepRecordSecret(file).secret).not.toBe(one.secret)
})

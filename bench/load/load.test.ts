/** The load runs and its report is whole; how fast it was is no matter of a test. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Report } from '../report.ts'
import { OptionError, readLoadOptions } from './options.ts'

const bench = fileURLToPath(new URL('../bench.ts', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, [bench, ...args])

test('a tiny load over two replicas ends with every figure, everybody back and nothing lost', async () => {
  const size = ['--rooms', '2', '--members', '3', '--replicas', '2', '--seconds', '1']
  const { stdout, stderr } = await run('load', ...size, '--json')
  expect(stderr).toBe('')
  const { bench: name, rows } = JSON.parse(stdout) as Report
  expect(name).toBe('load')
  const figure = (wanted: string) => rows.find((row) => row['figure'] === wanted)?.['2 replicas']
  for (const [measured, form] of [
    ['joins/s', /^[\d.]+$/],
    ['join → snapshot, p50 / p99 ms', /^[\d.]+ \/ [\d.]+$/],
    ['offer or answer → heard, p50 / p99 ms', /^[\d.]+ \/ [\d.]+$/],
    ['server CPU per join with these, ms', /^[\d.]+$/],
    ['RSS per idle member, KB', /^-?[\d.]+$/],
    ['chat messages/s', /^[\d.]+$/],
    ['chat said → heard, p50 / p99 ms', /^[\d.]+ \/ [\d.]+$/],
    ['server CPU per chat message, ms', /^[\d.]+$/],
    ['event-loop lag while chatting, p99 ms', /^[\d.]+$/],
    ['one killed: back after, p50 / p99 / max ms', /^[\d.]+ \/ [\d.]+ \/ [\d.]+$/],
    ['all killed: back after, p50 / p99 / max ms', /^[\d.]+ \/ [\d.]+ \/ [\d.]+$/],
  ] as const)
    expect(String(figure(measured)), measured).toMatch(form)
  // Each newcomer to a room of three: with nobody, with one, with two; eight messages for each pair.
  expect(figure('messages per join')).toBe(8)
  expect(figure('all killed: came back')).toBe(6)
  expect(figure('all killed: not back')).toBe(0)
  expect(figure('of these lost / twice / out of order')).toBe('0 / 0 / 0')
}, 180_000)

test.each([
  [{ rooms: '0' }, '--rooms must be a whole number from 1 to 1000, and "0" is not'],
  [{ members: '11' }, '--members must be a whole number from 2 to 10, and "11" is not'],
  [{ replicas: '1,x' }, '--replicas must be a whole number from 1 to 9, and "x" is not'],
  [{ seconds: '1.5' }, '--seconds must be a whole number from 1 to 600, and "1.5" is not'],
  [{ rooms: '1000' }, '--rooms × --members must be 9,000 people at most, and 10000 are too many'],
])('%o is refused in words', (wrong, message) => {
  const values = { rooms: '2', members: '10', replicas: '1', seconds: '1', ...wrong }
  expect(() => readLoadOptions(values)).toThrow(new OptionError(message))
})

test('what there is not is refused with what there is, and code 2', async () => {
  for (const args of [['nothing'], ['load', '--rooms', 'many'], ['load', '--fast']]) {
    const failure = await run(...args).catch((error: unknown) => error as { code: number; stderr: string })
    expect(failure).toMatchObject({ code: 2 })
    expect((failure as { stderr: string }).stderr).not.toMatch(/^\s+at /m)
  }
})

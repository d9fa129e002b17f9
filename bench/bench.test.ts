/** Each server-side measurement runs and its report is whole; how fast anything was is no matter of a test. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { BENCHES } from './benches.ts'
import type { Report } from './report.ts'

const bench = fileURLToPath(new URL('bench.ts', import.meta.url))

async function run(name: string): Promise<Report> {
  const args = [bench, name, '--quick', '--json']
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Report
}

/** `min / median / max` of numbers. */
const THREE = /^-?[\d.]+ \/ -?[\d.]+ \/ -?[\d.]+$/

function expectFigures(report: Report, columns: string[]): void {
  for (const row of report.rows)
    for (const column of columns) expect(row[column], `${column} of ${JSON.stringify(row)}`).toMatch(THREE)
}

const goalsOf = ({ goals = [] }: Report) => goals.map(({ what, value }) => ({ what, value }))

test('relay tells of every contender what a signal costs, and of each rival the ratio', async () => {
  const report = await run('relay')
  expect(report.rows).toHaveLength(4 * 8)
  expectFigures(report, ['CPU µs/signal', 'signals/s', 'p50 ms', 'p99 ms'])
  for (const row of report.rows) {
    expect(row['rounds complete']).toBe('1 of 1')
    if (!String(row['who']).startsWith('Maru')) expect(row['Maru ÷ this']).toMatch(THREE)
  }
  // Eight pairs; a description and eight candidates a side.
  const setUps = report.rows.filter(({ signal }) => signal === 'call set-up')
  expect(new Set(setUps.map(({ signals }) => signals))).toEqual(new Set([8 * 18]))
  expect(goalsOf(report)).toHaveLength(3)
  for (const { value } of goalsOf(report)) expect(value).toMatch(/^[\d.]+ \/ [\d.]+ \/ [\d.]+ ×$/)
}, 120_000)

test('idle tells of every contender what a member costs who says nothing', async () => {
  const report = await run('idle')
  expect(report.rows).toHaveLength(6)
  expectFigures(report, ['RSS KB/member', 'of it JS heap KB'])
  for (const row of report.rows) expect(Number(row['CPU ms/member/min'])).toBeGreaterThan(0)
  expect(report.rows.map((row) => row['all stayed'])).toEqual(Array(6).fill('yes'))
  expect(goalsOf(report)).toHaveLength(2)
}, 120_000)

test('join tells what it costs to let somebody in, one by one and all at once', async () => {
  const report = await run('join')
  expect(report.rows).toHaveLength(3 * 4)
  expectFigures(report, ['CPU ms/join', 'joins/s', 'p50 ms', 'p99 ms'])
  for (const { joins, inside } of report.rows)
    expect(inside, String(joins)).toMatch(joins === 'all at once' ? '50 of 50' : '20 of 20')
  expect(goalsOf(report)).toHaveLength(4)
}, 120_000)

test('scale tells what a message costs with more replicas, rooms and members', async () => {
  const report = await run('scale')
  expect(report.rows).toHaveLength(3 * 2 + 3 + 2)
  expectFigures(report, ['CPU µs/message', 'Redis CPU µs', 'messages/s', 'p50 ms', 'p99 ms'])
  expect(report.rows.map((row) => row['rounds complete'])).toEqual(Array(11).fill('1 of 1'))
  expect(goalsOf(report)).toHaveLength(2)
}, 120_000)

test('all of them together have a quarter of an hour', () => {
  const seconds = Object.values(BENCHES).reduce((sum, { budget }) => sum + budget, 0)
  expect(seconds).toBeLessThanOrEqual(15 * 60)
})

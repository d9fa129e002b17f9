/** The measurements in browsers run and their reports are whole; how fast anything was is no matter of a test. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Report } from './report.ts'

const THREE = /^[\d.]+ \/ [\d.]+ \/ [\d.]+$/

async function run(name: string): Promise<Report> {
  const bench = fileURLToPath(new URL('bench.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [bench, name, '--quick', '--json'])
  const report = JSON.parse(stdout) as Report
  expect(report.bench).toBe(name)
  return report
}

/** Every goal has a figure with so many in it. */
function expectGoals({ goals = [] }: Report, count: number): void {
  expect(goals).toHaveLength(count)
  for (const { value } of goals) expect(value).toMatch(/^[\d.]+ \/ [\d.]+ \/ [\d.]+/)
}

function expectFigures(row: Report['rows'][number] | undefined, figures: string[]): void {
  for (const figure of figures) expect(row?.[figure], figure).toMatch(THREE)
}

test('first-frame: each contender lets somebody in, and tells how', async () => {
  const { rows, goals = [], notes = [] } = await run('first-frame')
  const [maru, floor, react] = ['Maru', 'floor', 'React mesh'].map((who) =>
    rows.find((row) => row['who'] === who),
  )
  const door = ['nav → Join', 'Join → first', 'Join → all']
  expectFigures(maru, [...door, 'nav → home', 'the same, pressed at once'])
  expectFigures(floor, [...door, 'nav → first', 'nav → all'])
  expectFigures(react, [...door, 'nav → first', 'nav → all'])
  // The third takes a longer way to measure.
  expect(goals.map(({ value }) => THREE.test(value.replace(' ×', '')))).toEqual([true, true, false])
  for (const who of ['Maru', 'floor', 'React mesh']) {
    const traces = notes.filter((note) => note.startsWith(`${who} at`))
    expect(traces[0]).toMatch(/one visit: 0 link, .*page.*Join/)
    expect(traces[1]).toMatch(/0 press, .*→ .*offer.*← .*answer.*first frame/)
  }
}, 180_000)

test('mesh: Maru and the floor send, and everybody gets pictures', async () => {
  const report = await run('mesh')
  expect(report.rows.map(({ people, who }) => `${people} ${who}`)).toEqual(['2 Maru', '2 floor'])
  for (const row of report.rows) expectFigures(row, ['CPU %', 'uplink kbit/s', 'frames/s from each'])
  expectGoals(report, 1)
}, 180_000)

test('load-page: every page is weighed and timed, and Lighthouse has its say', async () => {
  const report = await run('load-page')
  expect(report.rows.map(({ page }) => page)).toEqual([
    'home, first',
    'home, worker',
    'green room, cold',
    'call, cold',
    'green room, worker',
    'call, worker',
    'home by Lighthouse, first',
  ])
  for (const row of report.rows.slice(0, -1)) expectFigures(row, ['requests', 'KB', 'usable ms'])
  expectFigures(report.rows.at(-1), ['usable ms', 'largest paint ms', 'score'])
  for (const row of report.rows.filter(({ page }) => String(page).endsWith('cold')))
    expect(Number(row['JS gzip KB'])).toBeGreaterThan(10)
  expectGoals(report, 3)
}, 180_000)

test('recover: both come back from a replica that is killed', async () => {
  const report = await run('recover')
  const [maru, socketIo] = report.rows
  for (const row of [maru, socketIo]) expectFigures(row, ['back, p50', 'back, worst'])
  expect(maru?.['who']).toBe('Maru')
  expectFigures(maru, ['media gap'])
  expect(socketIo?.['who']).toBe('Socket.IO')
  expectGoals(report, 2)
}, 180_000)

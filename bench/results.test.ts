/** What the figures of a run are made into: ratios, goals and `RESULTS.md`. */
import { expect, test } from 'vitest'
import { atMost, type Report, table } from './report.ts'
import { results } from './results.ts'
import { roundsOf } from './rounds.ts'

const goal = { what: 'CPU ÷ rival', limit: 0.7, unit: '×' }

test('a goal is met by its median, and never by a ratio that there isn’t', () => {
  expect(atMost(goal, [0.9, 0.6, 0.7])).toEqual({
    what: 'CPU ÷ rival',
    limit: '≤ 0.7 ×',
    value: '0.6 / 0.7 / 0.9 ×',
    met: true,
  })
  expect(atMost(goal, [0.9, 0.6, 0.71]).met).toBe(false)
  expect(atMost(goal, [], 'somebody was lost')).toMatchObject({ value: 'somebody was lost', met: false })
})

const report: Report = {
  bench: 'relay',
  what: 'Signals.',
  machine: 'this one',
  rows: [{ who: 'a|b', 'CPU µs': '1 / 2 / 3' }],
  goals: [atMost(goal, [0.5]), atMost({ ...goal, what: 'idle' }, [])],
  notes: ['a|b: passes on.'],
}

test('the table has rows, goals and notes', () => {
  expect(table(report)).toContain('1 / 2 / 3')
  expect(table(report)).toMatch(/CPU ÷ rival .*≤ 0\.7 × .*✓\n.*✗/)
  expect(table(report)).toContain('passes on')
})

test('RESULTS.md has the goals first, what they were measured with, and what failed', () => {
  const failures = new Map([['idle', 'no Redis']])
  const measured = [{ report, rounds: 3, seconds: 61.4 }]
  const text = results({ command: 'npm run bench', measured, failures, minutes: 1.25 })
  expect(text).toMatch(/^# Results\n\nMade by `npm run bench` on \d{4}-\d\d-\d\d in 1\.3 minutes\./)
  expect(text).toContain('socket.io 4.')
  expect(text).toContain('1 of 2 met, by the median.')
  expect(text.indexOf('| CPU ÷ rival |')).toBeLessThan(text.indexOf('## relay'))
  expect(text).toContain('Signals. 3 rounds, 61 s.')
  expect(text).toContain('| a\\|b |')
  expect(text).toContain('## idle\n\nFailed: no Redis')
})

test('no round begins that wouldn’t end in time, and the first always runs', async () => {
  const options = { rounds: 5, quick: false }
  expect([...roundsOf({ ...options, deadline: Infinity })]).toEqual([0, 1, 2, 3, 4])
  const ran: number[] = []
  for (const round of roundsOf({ ...options, deadline: performance.now() + 90 })) {
    ran.push(round)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(ran).toEqual([0])
})

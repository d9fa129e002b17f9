/** The last line of `npm test` must not say better than what happened. */
import { describe, expect, it } from 'vitest'
import { count } from './test-counts.mjs'

const vitest = (
  statuses: string[],
  files: { status: string; assertionResults: { status: string }[] }[] = [],
) => ({
  numPassedTests: statuses.filter((status) => status === 'passed').length,
  numTotalTests: statuses.length,
  numPendingTests: statuses.filter((status) => status === 'skipped').length,
  numTodoTests: 0,
  testResults: files.map((file) => ({ name: 'a.test.ts', ...file })),
})
const playwright = (
  stats: Partial<Record<'expected' | 'unexpected' | 'flaky' | 'skipped', number>>,
  errors = 0,
) => ({
  stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0, ...stats },
  errors: Array.from({ length: errors }, () => ({ message: 'no' })),
})

describe('count', () => {
  it('passes what passed', () => {
    expect(count('vitest', vitest(['passed', 'passed']), 0)).toMatchObject({
      passed: 2,
      failed: 0,
      notes: [],
    })
    expect(count('playwright', playwright({ expected: 3 }), 0)).toMatchObject({
      passed: 3,
      failed: 0,
      notes: [],
    })
  })

  it.each([
    ['a skipped test', 'vitest', vitest(['passed', 'skipped']), 0],
    [
      'a file that cannot be loaded',
      'vitest',
      vitest(['passed'], [{ status: 'failed', assertionResults: [] }]),
      1,
    ],
    ['an error outside of any test', 'vitest', vitest(['passed']), 1],
    ['a skipped test', 'playwright', playwright({ expected: 1, skipped: 1 }), 0],
    ['a test that passed at the second try', 'playwright', playwright({ expected: 1, flaky: 1 }), 0],
    ['a broken setup', 'playwright', playwright({ expected: 1 }, 1), 1],
  ] as const)('fails %s (%s)', (_, name, report, code) => {
    expect(count(name, report, code)).toMatchObject({ passed: 1, failed: 1 })
  })

  it('fails a run without a test or without a report', () => {
    expect(count('vitest', vitest([]), 0)).toMatchObject({ passed: 0, failed: 1 })
    expect(count('playwright', playwright({}), 0)).toMatchObject({ passed: 0, failed: 1 })
    expect(count('playwright', undefined, 1)).toMatchObject({ passed: 0, failed: 1 })
  })
})

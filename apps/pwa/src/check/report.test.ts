import { describe, expect, it } from 'vitest'
import { describeBrowser, makeReport } from './report.ts'

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.7339.16 Safari/537.36'

describe('the report of a check', () => {
  it.each([
    [CHROME, 'Chromium 140, Linux'],
    [`${CHROME} Edg/140.0.0.0`, 'Edge 140, Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0',
      'Firefox 143, Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
      'Safari 18, iOS',
    ],
    ['', ''],
  ])('calls a browser by its name: %s', (userAgent, name) => {
    expect(describeBrowser(userAgent)).toBe(name)
  })

  it('has a line for each finding', () => {
    const report = makeReport(
      'Connection check',
      [
        { sign: 'good', label: 'Server', words: 'Reached. 12 ms' },
        { sign: 'bad', label: 'Detour', words: 'No way through.', code: 701 },
      ],
      { at: new Date('2026-03-01T12:34:56Z'), userAgent: CHROME },
    )
    expect(report.split('\n')).toEqual([
      'Connection check · 2026-03-01 12:34 UTC · Chromium 140, Linux',
      '✓ Server: Reached. 12 ms',
      '✗ Detour: No way through. [701]',
    ])
  })
})

/** What the audit makes of npm's answers: three ends that can't be mistaken for each other. */
import { describe, expect, it } from 'vitest'
import { readAudit } from './audit.mjs'

const report = (severity?: string) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: severity ? { ws: { name: 'ws', severity, range: '<8.17.1', fixAvailable: true } } : {},
    metadata: { vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0 } },
  })

describe('npm run audit', () => {
  it('finds nothing where the registry knows of nothing, or of nothing that is high', () => {
    expect(readAudit(report())).toEqual({ holes: [] })
    expect(readAudit(report('moderate'))).toEqual({ holes: [] })
  })

  it.each(['high', 'critical'])('names the package where there is a hole of level %s', (severity) => {
    expect(readAudit(report(severity))).toEqual({
      holes: [`${severity}: ws <8.17.1 (npm audit fix mends it)`],
    })
  })

  // As npm 11 says it for a registry without audits, one that isn't there, and none of its own words.
  it.each([
    [
      '{"message":"405 Method Not Allowed - POST","statusCode":405,"error":{"summary":"","detail":""}}',
      '405',
    ],
    ['{"error":{"code":"ENOTFOUND","summary":"request failed","detail":""}}', 'request failed'],
    ['', 'nothing that can be read'],
    ['{}', 'no report'],
    ['null', 'no report'],
  ])('takes %j for no answer, not for a clean one', (output, problem) => {
    expect(readAudit(output)).toEqual({ problem: expect.stringContaining(problem) as string })
  })
})

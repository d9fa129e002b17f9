/** Everything that the doctor looks at, one after the other. */
import { checkOrigins } from './check-origin.ts'
import { checkRedis } from './check-redis.ts'
import { checkTurn } from './check-turn.ts'
import type { Finding } from './finding.ts'
import type { Look } from './look.ts'

/** @param onFinding hears of each as soon as it is known */
export async function examine(look: Look, onFinding: (finding: Finding) => void): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of [checkRedis, checkOrigins, checkTurn]) {
    for (const finding of await check(look)) {
      findings.push(finding)
      onFinding(finding)
    }
  }
  return findings
}

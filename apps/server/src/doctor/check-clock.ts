/** Whether two clocks agree: credentials end at a time, and leases too. */
import { type Finding, ill, well } from './finding.ts'

/** Milliseconds. */
const TOLERANCE = 5_000

/** @param clocks `time` is the other clock's, `now` this machine's, both in milliseconds since the epoch */
export function checkClock({ name, time, now }: { name: string; time: number; now: number }): Finding {
  const ahead = now - time
  const seconds = (Math.abs(ahead) / 1_000).toFixed(Math.abs(ahead) < 10_000 ? 1 : 0)
  if (Math.abs(ahead) <= TOLERANCE) return well(`the clocks here and at ${name} agree (to ${seconds} s)`)
  return ill(
    `the clock here is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the one at ${name}`,
    'Have both set by the network: timedatectl set-ntp true. Credentials for calls end too early or are refused otherwise.',
  )
}

import { expect, it } from 'vitest'
import { type Findings, outcomeOf } from './findings.ts'

const good = { verdict: 'good', why: 'cameraGood' } as const
const skipped = { verdict: 'skipped', why: 'notSetUp' } as const
const mine = { camera: good, microphone: good, server: good }

it('calls all well only where some way to others was found', () => {
  const none: Findings = { ...mine, direct: skipped, udp: skipped, tcp: skipped, tls: skipped }
  expect(outcomeOf(none)).toBe('poor')
  expect(outcomeOf({ ...none, direct: good })).toBe('good')
  expect(outcomeOf({ ...none, udp: good })).toBe('good')
})

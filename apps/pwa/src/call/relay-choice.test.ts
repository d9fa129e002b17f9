import { expect, it } from 'vitest'
import { makeRelayChoice } from './relay-choice.ts'

const stun = { urls: ['stun:x'] }
const relays = (...urls: string[]) => ({ urls, username: '1800000000:u', credential: 'c' })
const full = [stun, relays('turn:x', 'turn:x?transport=tcp', 'TURNS:x:443', 'turn:y:80?transport=udp')]
const overUdp = [stun, relays('turn:x', 'turn:y:80?transport=udp')]

/** A choice whose checks are answered by hand. */
function make() {
  const chosen: [unknown, boolean][] = []
  const checks: { urls: string[]; answer: (found: boolean) => Promise<void> }[] = []
  const choice = makeRelayChoice(
    (iceServers, more) => void chosen.push([iceServers, more]),
    (iceServers) =>
      new Promise((resolve) => {
        checks.push({
          urls: iceServers.flatMap(({ urls }) => urls),
          answer: async (found) => {
            resolve(found)
            await new Promise((done) => setTimeout(done))
          },
        })
      }),
  )
  return { chosen, checks, choice }
}

it('relays over UDP come first, and stay the only ones where they can be had', async () => {
  const { chosen, checks, choice } = make()
  choice.follow(full)
  expect(chosen).toEqual([[overUdp, false]])
  expect(checks[0]!.urls).toEqual(['turn:x', 'turn:y:80?transport=udp'])
  await checks[0]!.answer(true)
  choice.follow(full)
  expect(chosen).toEqual([
    [overUdp, false],
    [overUdp, false],
  ])
  expect(checks).toHaveLength(1)
})

it('where none can be had, all are given at once, and in every renewal', async () => {
  const { chosen, checks, choice } = make()
  choice.follow(full)
  await checks[0]!.answer(false)
  choice.follow(full)
  expect(chosen.slice(1)).toEqual([
    [full, true],
    [full, false],
  ])
})

it('another network is found out about anew, by the last check alone', async () => {
  const { chosen, checks, choice } = make()
  choice.follow(full)
  choice.checkAgain('doubt')
  expect(checks).toHaveLength(1)
  choice.checkAgain('changed')
  await checks[0]!.answer(false)
  expect(chosen).toHaveLength(1)
  await checks[1]!.answer(true)
  expect(chosen).toHaveLength(1)
  choice.checkAgain('doubt')
  await checks[2]!.answer(false)
  choice.checkAgain('changed')
  await checks[3]!.answer(true)
  expect(chosen.slice(1)).toEqual([
    [full, true],
    [overUdp, false],
  ])
  choice.checkAgain('changed')
  choice.stop()
  await checks[4]!.answer(false)
  expect(chosen).toHaveLength(3)
})

it.each([
  ['no relay', [stun]],
  ['only UDP', overUdp],
  ['no UDP', [stun, relays('turns:x')]],
])('without a choice nothing is tried: %s', (_, iceServers) => {
  const { chosen, checks, choice } = make()
  choice.follow(iceServers)
  expect(chosen).toEqual([[iceServers, false]])
  expect(checks).toHaveLength(0)
})

/** Turns: how many at a time, in which order, and that whoever gives up holds nobody up. */
import { expect, test } from 'vitest'
import { makeTurns } from './turns.ts'

const forever = new AbortController().signal

function makeStep() {
  const step = { began: false, finish: (): void => undefined, fail: (): void => undefined }
  const run = (): Promise<void> => {
    step.began = true
    return new Promise((resolve, reject) => {
      step.finish = resolve
      step.fail = () => reject(new Error('no'))
    })
  }
  return Object.assign(step, { run })
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('so many run at a time, and the others in the order of coming, whatever becomes of those before', async () => {
  const turns = makeTurns(2)
  const steps = Array.from({ length: 5 }, makeStep)
  const results = steps.map((step) => turns.run(step.run, forever).catch(() => undefined))
  const began = () => steps.map((step) => step.began)
  await settled()
  expect(began()).toEqual([true, true, false, false, false])
  steps[1]!.finish()
  await settled()
  expect(began()).toEqual([true, true, true, false, false])
  steps[0]!.fail()
  steps[2]!.finish()
  await settled()
  expect(began()).toEqual([true, true, true, true, true])
  for (const step of steps) step.finish()
  await Promise.all(results)
})

test('whoever is gone before its turn takes none', async () => {
  const turns = makeTurns(1)
  const [first, second, third] = [makeStep(), makeStep(), makeStep()]
  const gone = new AbortController()
  void turns.run(first.run, forever)
  const refused = turns.run(second.run, gone.signal)
  const served = turns.run(third.run, forever)
  gone.abort(new Error('gone'))
  await expect(refused).rejects.toThrow('gone')
  first.finish()
  await settled()
  expect([second.began, third.began]).toEqual([false, true])
  third.finish()
  await served
  await expect(turns.run(second.run, gone.signal)).rejects.toThrow('gone')
  const last = makeStep()
  const end = turns.run(last.run, forever)
  last.finish()
  await end
})

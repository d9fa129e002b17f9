/** The ledger itself: it finds what is planted, and nothing where there is nothing. */
import { expect, test } from 'vitest'
import { Ledger } from './ledger.ts'

/** Ana says five messages, all acknowledged; Bo is there from the beginning and hears these. */
function judge(heard: number[], { acknowledged = 5, here = true } = {}) {
  const ledger = new Ledger()
  const ana = ledger.enter('ana', 'room')
  const bo = ledger.enter('bo', 'room')
  ledger.enter('stranger', 'elsewhere')
  for (let n = 1; n <= 5; n++) {
    ana.said = n
    ledger.heard('ana', 'ana', n)
  }
  ana.acknowledged = acknowledged
  for (const n of heard) ledger.heard('bo', 'ana', n)
  bo.here = here
  const { lost, twice, disordered } = ledger.judge()
  return { lost, twice, disordered }
}

test.each([
  ['all of it', [1, 2, 3, 4, 5], {}, { lost: 0, twice: 0, disordered: 0 }],
  ['a gap', [1, 2, 4, 5], {}, { lost: 1, twice: 0, disordered: 0 }],
  ['no end', [1, 2], {}, { lost: 3, twice: 0, disordered: 0 }],
  ['nothing at all', [], {}, { lost: 5, twice: 0, disordered: 0 }],
  ['one twice', [1, 2, 2, 3, 4, 5], {}, { lost: 0, twice: 1, disordered: 0 }],
  ['two swapped', [1, 3, 2, 4, 5], {}, { lost: 0, twice: 0, disordered: 1 }],
  ['more than was acknowledged', [1, 2, 3, 4, 5], { acknowledged: 3 }, { lost: 0, twice: 0, disordered: 0 }],
  ['no end, having left', [1, 2], { here: false }, { lost: 0, twice: 0, disordered: 0 }],
  ['a gap, having left', [1, 3], { here: false }, { lost: 1, twice: 0, disordered: 0 }],
])('%s', (_, heard, more, verdict) => {
  expect(judge(heard, more)).toEqual(verdict)
})

test('who came later is owed what was said from then on', () => {
  const ledger = new Ledger()
  const ana = ledger.enter('ana', 'room')
  ana.said = ana.acknowledged = 3
  for (const n of [1, 2, 3]) ledger.heard('ana', 'ana', n)
  ledger.enter('late', 'room')
  expect(ledger.judge().lost).toBe(0)
  ana.said = ana.acknowledged = 4
  ledger.heard('ana', 'ana', 4)
  expect(ledger.judge()).toMatchObject({
    lost: 1,
    examples: ['late never heard message 4 of ana, who said 4'],
  })
})

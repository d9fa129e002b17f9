/** The fault matrix among protocol-level clients: idle rooms, calls being set up, chat under load, all at once. */
import { expect, test } from '@playwright/test'
import { type Fault, FAULTS } from './faults.ts'
import { type Outcome, runCell } from './run-cell.ts'
import { ROW } from './table.ts'

const SIZES = {
  idle: { rooms: 6, members: 4 },
  setup: { rooms: 6, members: 5 },
  chat: { rooms: 8, members: 6 },
}

/** Every row is shown, also where the first one breaks the promise already. */
function judge(outcomes: Outcome[]): void {
  for (const { row } of outcomes)
    test.info().annotations.push({ type: ROW, description: JSON.stringify(row) })
  const all = outcomes.flatMap(({ row, breaches }) => breaches.map((what) => `${row.state}: ${what}`))
  expect(all).toEqual([])
}

for (const fault of FAULTS) {
  const tag = fault.always ? ['@always'] : []
  test(
    `${fault.name}: nothing acknowledged is lost, twice or out of order, and everyone is back`,
    { tag },
    async () => {
      judge(await runCell(fault, { lease: 3_000, sizes: SIZES }))
    },
  )
}

test('replica SIGSTOP with leases of 15 s: nobody who is there is swept, and a ghost is gone after 20 s', async () => {
  const fault: Fault = { ...FAULTS.find(({ name }) => name === 'replica SIGSTOP 6 s')! }
  delete fault.mayBeSwept
  const outcomes = await runCell(fault, {
    lease: 15_000,
    sizes: { idle: { rooms: 4, members: 4 }, chat: SIZES.chat },
  })
  for (const { row } of outcomes) row.fault += ', lease 15 s'
  judge(outcomes)
})

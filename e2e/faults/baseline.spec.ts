/**
 * The same crowd, the same faults, and a server that only publishes: what the log is good for, and that the faults and
 * the checker are what they seem, for here they must find a loss.
 */
import { expect, test } from '@playwright/test'
import { FAULTS } from './faults.ts'
import { runCell } from './run-cell.ts'
import { ROW } from './table.ts'

const LOSING = ['replica SIGKILL', 'Redis SIGKILL, data kept', 'Redis connections killed']
/** What it costs is a matter of which connections are back first, and may be nothing. */
const BY_LUCK = 'Redis SIGKILL, data kept'

for (const fault of FAULTS.filter(({ name }) => LOSING.includes(name)))
  test(`${fault.name} without the log: what was acknowledged is lost`, async () => {
    const [chat] = await runCell(fault, {
      lease: 3_000,
      sizes: { chat: { rooms: 8, members: 6 } },
      stack: { main: 'e2e/faults/baseline-server.ts' },
    })
    const row = { ...chat!.row, fault: `${fault.name}, pub/sub only` }
    test.info().annotations.push({ type: ROW, description: JSON.stringify(row) })
    expect(chat!.findings.acknowledged).toBeGreaterThan(1_000)
    if (fault.name !== BY_LUCK) expect(chat!.findings.lost.length).toBeGreaterThan(0)
  })

/** A running call whose Redis comes back and knows nothing. */
import { FAULTS } from './faults.ts'
import { strikeRunningCall, test } from './running-call.ts'

test.use({ durable: false })

strikeRunningCall(FAULTS.filter(({ dataLost }) => dataLost === true))

/** A running call through every fault that its Redis survives with what it knows. */
import { FAULTS } from './faults.ts'
import { strikeRunningCall } from './running-call.ts'

strikeRunningCall(FAULTS.filter(({ dataLost }) => dataLost !== true))

/** A member of a room as the others see it. */
import { z } from 'zod'
import { ID_PATTERN, type Position, SECRET_PATTERN } from './ids.ts'
import { COLORS, NAME } from './limits.ts'
import { checkName } from './text.ts'

export const userId = z.string().regex(ID_PATTERN)
export const peerId = z.string().regex(ID_PATTERN)
export const secret = z.string().regex(SECRET_PATTERN)

/** A name that is sent must already be clean: the client has the same rules and cleans it first. */
export const personName = z
  .string()
  .max(NAME.maxBytes)
  .refine((name) => {
    const result = checkName(name, NAME)
    return result.ok && result.value === name
  }, 'name')

/** What a member says about its own devices. Without `screen` (as an older client speaks) none is shared (P40). */
export const peerState = z.strictObject({
  mic: z.boolean(),
  camera: z.boolean(),
  screen: z.boolean().optional(),
})
export type PeerState = z.infer<typeof peerState>

export const color = z
  .int()
  .min(0)
  .max(COLORS - 1)

export interface Peer {
  peerId: string
  userId: string
  name: string
  /** Index into the app's palette, 0 to COLORS − 1. */
  color: number
  state: PeerState
  /** Milliseconds since the epoch, by the server's clock. */
  joinedAt: number
  /** Where the log was when the hand went up: hands are in this order. Missing while it is down. */
  hand?: Position
  /** The earlier presence of the same person that this one took the place of. */
  replaces?: string
}

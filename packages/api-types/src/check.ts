/** The connection check, and what a page may know of its server before it asks for anything. */
import { z } from 'zod'
import { secret } from './peer.ts'
import { createKey, roomId } from './room.ts'

/** Who checks: somebody whom a room lets in, or whoever could make one. */
export const checkInput = z.strictObject({
  room: z.strictObject({ roomId, userSecret: secret }).optional(),
  key: createKey.optional(),
})
export type CheckInput = z.infer<typeof checkInput>

export interface ServerInfo {
  /** Whether there is a TURN server, so that calls can go over it. */
  relay: boolean
  /** `relay`: calls go over it only. */
  icePolicy: IcePolicy
  /** Whether making a room takes the server's key. */
  createKey: boolean
}

export type IcePolicy = 'all' | 'relay'

/** Makes a room, or says in time why not. */
import type { CreateRoomInput } from '@maru/api-types'
import type { RoomErrorData } from '@maru/api-types/room-error'
import { createRoom, reasonOf } from '../signaling/client.ts'

const PATIENCE_MS = 8_000

export type Created = { ok: true; roomId: string } | { ok: false; error: RoomErrorData | 'no-answer' }

/** Without a connection the request waits for one, but not longer than whoever pressed the button. */
export async function createRoomInTime(input: CreateRoomInput): Promise<Created> {
  try {
    const { roomId } = await createRoom(input, AbortSignal.timeout(PATIENCE_MS))
    return { ok: true, roomId }
  } catch (error) {
    return { ok: false, error: reasonOf(error) ?? 'no-answer' }
  }
}

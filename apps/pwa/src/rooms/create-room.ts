/** Makes a room, or says in time why not. */
import type { CreateRoomInput } from '@maru/api-types'
import type { RoomErrorData } from '@maru/api-types/room-error'
import { createRoom, reasonOf } from '../signaling/client.ts'

const PATIENCE_MS = 8_000

export type Created = { ok: true; roomId: string } | { ok: false; error: RoomErrorData | 'no-answer' }

/** Without a connection the request waits for one. A room that is made after all, and stays empty, leaves the list. */
export async function createRoomInTime(input: CreateRoomInput): Promise<Created> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS)
  })
  try {
    const { roomId } = await Promise.race([createRoom(input), late])
    return { ok: true, roomId }
  } catch (error) {
    return { ok: false, error: reasonOf(error) ?? 'no-answer' }
  } finally {
    clearTimeout(timer)
  }
}

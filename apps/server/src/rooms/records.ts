/** What members' browsers keep of a room, signed, so that it comes back as it was where the store has lost it (P55). */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { ID_PATTERN, RECORD_MAX_LENGTH } from '@maru/api-types'
import { z } from 'zod'
import { compareRevisions, REVISION_PATTERN, type RoomRecord, type RoomSnapshot } from '../backend/backend.ts'
import type { RecordKeys } from './record-keys.ts'

export interface Records {
  /** For one of those inside: nobody else can use it. */
  sign(view: RoomSnapshot, userId: string): string
  /** What a browser brings, if this server (or one with its key) gave it to this very user for this very room. */
  read(text: string, expected: { roomId: string; userId: string }): Promise<RoomRecord | undefined>
}

export interface RecordsOptions {
  keys: RecordKeys
  /** Milliseconds that a record counts: as long as the room, unused, would have been kept. */
  maxAgeMs: number
}

/** More don't fit into what a frame may bring. Nobody removes so many people from one room. */
const MAX_REMOVED = 400

const id = z.string().regex(ID_PATTERN)
// Not strict: a version to come may add to it.
const content = z.object({
  room: z.object({
    roomId: id,
    name: z.string(),
    capacity: z.int().min(1),
    listed: z.boolean(),
    locked: z.boolean(),
    hostId: id,
    createdAt: z.int(),
  }),
  revision: z.string().regex(REVISION_PATTERN),
  removed: z.array(id).max(MAX_REMOVED),
  epoch: z.string().regex(/^[\w-]{1,32}$/),
  userId: id,
  /** When it was signed, milliseconds, by the server's clock. */
  at: z.int(),
})

const macOf = (key: KeyObject, body: string): Buffer => createHmac('sha256', key).update(body).digest()

export function makeRecords({ keys, maxAgeMs }: RecordsOptions): Records {
  const isSigned = (body: string, mac: Buffer): boolean =>
    keys.current().some((key) => {
      const expected = macOf(key, body)
      return expected.length === mac.length && timingSafeEqual(expected, mac)
    })

  return {
    sign({ room, revision, removed, epoch }, userId) {
      const said: z.input<typeof content> = {
        room,
        revision,
        removed: removed.slice(-MAX_REMOVED),
        epoch,
        userId,
        at: Date.now(),
      }
      const body = Buffer.from(JSON.stringify(said)).toString('base64url')
      return `${body}.${macOf(keys.current()[0]!, body).toString('base64url')}`
    },
    async read(text, { roomId, userId }) {
      const [body, mac, ...more] = text.length <= RECORD_MAX_LENGTH ? text.split('.') : []
      if (body === undefined || mac === undefined || more.length > 0) return undefined
      const given = Buffer.from(mac, 'base64url')
      if (!isSigned(body, given) && !(await keys.lookFurther(() => isSigned(body, given)))) return undefined
      const result = content.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString()))
      if (!result.success) return undefined
      const { userId: holder, at, ...record } = result.data
      if (record.room.roomId !== roomId || holder !== userId || Date.now() - at >= maxAgeMs) return undefined
      return record
    },
  }
}

/** Of what a browser has brought and what this replica has seen itself. */
export function newestOf(a: RoomRecord | undefined, b: RoomRecord | undefined): RoomRecord | undefined {
  if (!a || !b) return a ?? b
  return compareRevisions(a.revision, b.revision) >= 0 ? a : b
}

/** tRPC for the rooms: the context of a call, and the one place where an error becomes what a client reads. */
import type { RoomErrorData, RoomErrorReason, ServerInfo } from '@maru/api-types'
import { RoomError } from '@maru/api-types'
import { initTRPC, type TRPCError } from '@trpc/server'
import { ZodError } from 'zod'
import type { CreateKey } from './create-key.ts'
import type { Connection } from './edge/connection.ts'
import type { Limits } from './limits.ts'
import type { Rooms } from './rooms.ts'

export interface Context {
  rooms: Rooms
  connection: Connection
  /** By client address, for what a single connection could do only once or twice. */
  limits: Limits
  createKey: CreateKey
  info: ServerInfo
}

/** An error that nobody foresaw, and the log should show. */
export const isUnforeseen = (error: TRPCError): boolean =>
  error.code === 'INTERNAL_SERVER_ERROR' && !(error.cause instanceof RoomError)

function errorData(error: TRPCError): RoomErrorData {
  const { cause } = error
  if (cause instanceof RoomError) {
    const { reason, retryAfterMs } = cause
    return retryAfterMs === undefined ? { reason } : { reason, retryAfterMs }
  }
  if (cause instanceof ZodError) {
    const field = cause.issues[0]?.path.join('.')
    return field ? { reason: 'bad-request', field } : { reason: 'bad-request' }
  }
  // Whatever else tRPC refuses (an unknown path, a frame that it can't read) is the caller's; the rest is ours.
  return { reason: error.code === 'INTERNAL_SERVER_ERROR' ? 'unavailable' : 'bad-request' }
}

export const reasonOf = (error: TRPCError): RoomErrorReason => errorData(error).reason

export const t = initTRPC.context<Context>().create({
  isDev: false,
  // Neither the message nor the data repeats what was sent, and there is never a stack.
  errorFormatter: ({ shape, error }) => {
    const data = errorData(error)
    return { code: shape.code, message: data.reason, data }
  },
})

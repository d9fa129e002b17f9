/** The procedures, thin: input → limits → rooms → answer. */
import {
  checkInput,
  createRoomInput,
  joinInput,
  previewInput,
  RoomError,
  roomId,
  sendInput,
} from '@maru/api-types'
import { z } from 'zod'
import type { LimitKind } from './limits.ts'
import { countMiss, mayLook } from './room-guesses.ts'
import { type Context, t } from './trpc.ts'

const { procedure } = t

/** `calls.ts` gives every subscription a signal; without one nothing would ever be cleaned up. */
function signalOf({ signal }: { signal: AbortSignal | undefined }): AbortSignal {
  if (!signal) throw new RoomError('unavailable')
  return signal
}

const roomInput = z.strictObject({ roomId })

/** Pays for looking at a room, which one may not go on doing where there is none (P60, P61). */
async function payLook({ limits, connection, rooms }: Context, kind: LimitKind, id: string): Promise<void> {
  const { addressKey } = connection
  const inUse = rooms.inUse(id)
  // Asked in one write.
  await Promise.all([limits.pay(kind, addressKey), mayLook(limits, { addressKey, inUse })])
}

const counted = <T>({ limits, connection }: Context, look: Promise<T>): Promise<T> =>
  countMiss(limits, connection.addressKey, look)

export const appRouter = t.router({
  rooms: t.router({
    list: procedure.subscription(async (call) => call.ctx.rooms.list(signalOf(call))),
    create: procedure.input(createRoomInput).mutation(async ({ ctx, input }) => {
      await ctx.limits.pay('creations', ctx.connection.addressKey)
      await ctx.createKey.demand(input.key, ctx.connection.addressKey)
      return ctx.rooms.create(ctx.connection, input)
    }),
  }),
  server: t.router({
    info: procedure.query(({ ctx }) => ctx.info),
  }),
  check: t.router({
    iceServers: procedure.input(checkInput).query(async ({ ctx, input }) => {
      const { addressKey } = ctx.connection
      const { room } = input
      if (room) {
        await payLook(ctx, 'checks', room.roomId)
        return counted(ctx, ctx.rooms.checkServers(room))
      }
      await ctx.limits.pay('checks', addressKey)
      await ctx.createKey.demand(input.key, addressKey)
      return ctx.rooms.checkServers(undefined)
    }),
  }),
  room: t.router({
    preview: procedure.input(previewInput).subscription(async (call) => {
      const { ctx, input } = call
      await payLook(ctx, 'previews', input.roomId)
      return counted(ctx, ctx.rooms.preview(input, signalOf(call)))
    }),
    // Answers after the join: only then is `started` said, at which a client that moves to this connection stops the old
    // one (P6).
    join: procedure.input(joinInput).subscription(async (call) => {
      const { ctx, input } = call
      const kind = input.lastEventId === undefined ? 'joins' : 'resumes'
      // Begun, and not awaited: what travels in the same frame is to find the join (P22).
      const admission = payLook(ctx, kind, input.roomId)
      const join = ctx.rooms.join(ctx.connection, input, { signal: signalOf(call), admission })
      return counted(ctx, join)
    }),
    send: procedure.input(sendInput).mutation(({ ctx, input }) => {
      ctx.connection.payMessages(input.messages.length)
      return ctx.rooms.send(ctx.connection, input)
    }),
    leave: procedure
      .input(roomInput)
      .mutation(({ ctx, input }) => ctx.rooms.leave(ctx.connection, input.roomId)),
    iceServers: procedure
      .input(roomInput)
      .query(({ ctx, input }) => ctx.rooms.iceServers(ctx.connection, input.roomId)),
  }),
})

export type AppRouter = typeof appRouter

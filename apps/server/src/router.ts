/** The procedures, thin: input → limits → rooms → answer. */
import {
  checkInput,
  createRoomInput,
  joinInput,
  previewInput,
  RoomError,
  type RoomEvent,
  roomId,
  sendInput,
} from '@maru/api-types'
import { tracked, type TrackedEnvelope } from '@trpc/server'
import { z } from 'zod'
import type { LimitKind } from './limits.ts'
import type { Delivery } from './rooms/member.ts'
import type { MemberQueue } from './rooms/member-queue.ts'
import { countMiss, mayLook } from './room-guesses.ts'
import { type Context, reasonOf, t } from './trpc.ts'

/** Every call costs one of its connection's tokens. Lines about it name the procedure and the reason, never the input. */
const procedure = t.procedure.use(async ({ ctx, path, next }) => {
  const { connection } = ctx
  connection.payCall()
  connection.log.trace({ path }, 'called')
  const result = await next()
  if (!result.ok) connection.log.debug({ path, reason: reasonOf(result.error) }, 'refused')
  return result
})

const subscription = procedure.use(async ({ ctx, signal, next }) => {
  // tRPC gives every subscription a signal; without one nothing would ever be cleaned up.
  if (!signal) throw new RoomError('unavailable')
  const release = ctx.connection.holdSubscription()
  const result = await next({ ctx: { signal, release } })
  // The signal isn't aborted for a subscription that was refused, nor for one that came to its end.
  if (!result.ok) release()
  return result
})

/** Gives the subscription's place free with its last word, whoever has it. */
function held<T>(queue: MemberQueue<T>, release: () => void): MemberQueue<T> {
  queue.onReturn = release
  return queue
}

const roomInput = z.strictObject({ roomId })

/** Pays for looking at a room, which one may not go on doing where there is none (P60, P61). */
async function payLook({ limits, connection, rooms }: Context, kind: LimitKind, id: string): Promise<void> {
  const { addressKey } = connection
  const inUse = rooms.inUse(id)
  await limits.pay(kind, addressKey)
  await mayLook(limits, { addressKey, inUse })
}

const counted = <T>({ limits, connection }: Context, look: Promise<T>): Promise<T> =>
  countMiss(limits, connection.addressKey, look)

/** Made by hand: an async generator for each member would cost as much as the queue itself. */
function trackAll(queue: MemberQueue<Delivery>): AsyncIterable<TrackedEnvelope<RoomEvent>, undefined> {
  const wrap = async (
    result: Promise<IteratorResult<Delivery, undefined>>,
  ): Promise<IteratorResult<TrackedEnvelope<RoomEvent>, undefined>> => {
    const { done, value } = await result
    return done ? { done, value: undefined } : { done: false, value: tracked(value.id, value.event) }
  }
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => wrap(queue.next()),
      return: () => wrap(queue.return()),
    }),
  }
}

export const appRouter = t.router({
  rooms: t.router({
    list: subscription.subscription(async ({ ctx }) => held(ctx.rooms.list(ctx.signal), ctx.release)),
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
    preview: subscription.input(previewInput).subscription(async ({ ctx, input }) => {
      await payLook(ctx, 'previews', input.roomId)
      return held(await counted(ctx, ctx.rooms.preview(input, ctx.signal)), ctx.release)
    }),
    // Async, and returns the iterator after the join: tRPC would say `started` before a generator's body runs, and a
    // client that moves to this connection would stop the old one before it has joined here (P6).
    join: subscription.input(joinInput).subscription(async ({ ctx, input }) => {
      const kind = input.lastEventId === undefined ? 'joins' : 'resumes'
      // Begun, and not awaited: what travels in the same frame is to find the join (P22).
      const admission = payLook(ctx, kind, input.roomId)
      const join = ctx.rooms.join(ctx.connection, input, { signal: ctx.signal, admission })
      return trackAll(held(await counted(ctx, join), ctx.release))
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

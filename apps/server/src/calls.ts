/**
 * tRPC's WebSocket protocol on one connection: calls come in, answers and events go out (https://trpc.io/docs/rpc).
 *
 * By hand, because tRPC's own adapter costs more than what it carries: for each event four promises, a race and three
 * copies, for each call an AbortController; and a loop of its own for each idle member. Its procedures, too, are called
 * without its middlewares, which copy the whole call four times and of which this router has none.
 */
import { RoomError } from '@maru/api-types'
import { getTRPCErrorFromUnknown, getTRPCErrorShape, TRPCError } from '@trpc/server'
import { parseTRPCMessage } from '@trpc/server/rpc'
import type { Connection } from './edge/connection.ts'
import { dataMessage } from './edge/encoder.ts'
import { MemberQueue } from './rooms/member-queue.ts'
import { appRouter } from './router.ts'
import { type Context, isUnforeseen, reasonOf } from './trpc.ts'

const MAX_CALLS_IN_FRAME = 64
const MAX_SUBSCRIPTIONS = 16

type CallId = number | string
type Message = ReturnType<typeof parseTRPCMessage>
type Call = Exclude<Message, { method: 'subscription.stop' }>

const { _config: config, procedures } = appRouter._def

/** What tRPC keeps of a procedure. */
interface Definition {
  type: Call['method']
  inputs: { parse(input: unknown): unknown }[]
  middlewares: unknown[]
  resolver: (call: { ctx: Context; input: unknown; signal: AbortSignal | undefined }) => unknown
}

const definitions = new Map<string, Definition>()
for (const [path, { _def }] of Object.entries(
  procedures as unknown as Record<string, { _def: Definition }>,
)) {
  // One reads the input and one calls the resolver.
  if (_def.middlewares.length > _def.inputs.length + 1) throw new Error(`${path}: middlewares aren't run`)
  definitions.set(path, _def)
}

/** @throws TRPCError where no procedure has this name, or its input is wrong; else what the procedure throws */
function carryOut(
  { method, params }: Call,
  input: unknown,
  given: { ctx: Context; signal: AbortSignal | undefined },
): unknown {
  const definition = definitions.get(params.path)
  if (definition?.type !== method) throw new TRPCError({ code: 'NOT_FOUND' })
  const [schema] = definition.inputs
  let parsed: unknown
  try {
    parsed = schema?.parse(input)
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', cause })
  }
  return definition.resolver({ ...given, input: parsed })
}

/** For the log: what a stranger calls a procedure may be anything. */
const nameOf = (path: string | undefined): string | undefined =>
  path !== undefined && definitions.has(path) ? path : undefined

export class Calls {
  readonly #connection: Connection
  readonly #context: Context
  /** Ends each one that runs. An id is free again when its subscription has ended. */
  readonly #subscriptions = new Map<CallId, AbortController>()

  constructor(connection: Connection, context: Context) {
    this.#connection = connection
    this.#context = context
  }

  /** Looks at a frame: one call, or an array of them. */
  hear(frame: string): void {
    let messages: Message[]
    try {
      messages = readFrame(frame)
    } catch (cause) {
      return this.refuse(null, new TRPCError({ code: 'PARSE_ERROR', cause }))
    }
    for (const message of messages) this.#begin(message)
  }

  /** The connection is gone. */
  close(): void {
    for (const subscription of this.#subscriptions.values()) subscription.abort()
  }

  refuse(id: CallId | null, cause: unknown, asked?: string): void {
    const path = nameOf(asked)
    const error = getTRPCErrorFromUnknown(cause)
    const { log } = this.#connection
    if (isUnforeseen(error)) log.error({ err: error.cause ?? error, path }, 'a call failed')
    else log.debug({ path, reason: reasonOf(error) }, 'refused')
    const shape = getTRPCErrorShape({
      config,
      error,
      type: 'unknown',
      path,
      input: undefined,
      ctx: undefined,
    })
    this.#connection.write(JSON.stringify({ id, error: shape }))
  }

  #begin(message: Message): void {
    const { id } = message
    if (id === null) return this.refuse(id, new TRPCError({ code: 'PARSE_ERROR' }))
    if (message.method === 'subscription.stop') return this.#subscriptions.get(id)?.abort()
    const { path } = message.params
    const running =
      message.method === 'subscription' ? this.#subscribe(id, message) : this.#answer(id, message)
    running.catch((error: unknown) => this.refuse(id, error, path))
  }

  /** Every call costs one of its connection's tokens. Lines about it name the procedure, never the input. */
  #run(call: Call, signal?: AbortSignal): unknown {
    const { path, input, lastEventId } = call.params
    this.#connection.payCall()
    this.#connection.log.trace({ path: nameOf(path) }, 'called')
    const whole = lastEventId === undefined ? input : { ...(input as object), lastEventId }
    return carryOut(call, whole, { ctx: this.#context, signal })
  }

  async #answer(id: CallId, call: Call): Promise<void> {
    this.#connection.write(dataMessage(id, await this.#run(call)))
  }

  async #subscribe(id: CallId, call: Call): Promise<void> {
    if (this.#subscriptions.has(id)) throw new TRPCError({ code: 'BAD_REQUEST' })
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) this.#connection.refuseSubscription()
    const subscription = new AbortController()
    const { signal } = subscription
    this.#subscriptions.set(id, subscription)
    const tell = (result: 'started' | 'stopped'): void =>
      this.#connection.write(JSON.stringify({ id, result: { type: result } }))
    let queue
    try {
      queue = await this.#run(call, signal)
    } catch (error) {
      this.#subscriptions.delete(id)
      if (!signal.aborted) throw error
      return tell('stopped')
    }
    if (!(queue instanceof MemberQueue)) throw new RoomError('unavailable')
    if (!signal.aborted) tell('started')
    queue.read({
      item: (item) => this.#connection.write(dataMessage(id, item)),
      end: (error) => {
        this.#subscriptions.delete(id)
        if (error) this.refuse(id, error, call.params.path)
        else tell('stopped')
      },
    })
  }
}

function readFrame(frame: string): Message[] {
  const said = JSON.parse(frame) as unknown
  const calls = Array.isArray(said) ? (said as unknown[]) : [said]
  if (calls.length > MAX_CALLS_IN_FRAME) throw new RangeError('too many calls')
  return calls.map((call) => parseTRPCMessage(call, config.transformer))
}

/** The rules: who enters, who says what as whom, whose presence is kept alive. Knows neither tRPC nor Redis. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CheckInput,
  type CreateRoomInput,
  type IcePolicy,
  type IceServer,
  type JoinInput,
  makeRoomId,
  OLDEST_PROTOCOL_VERSION,
  type PreviewInput,
  RoomError,
  type RoomListEvent,
  type RoomPreview,
  type SendResult,
} from '@maru/api-types'
import type { Logger } from 'pino'
import type {
  BackendTimes,
  JoinRequest,
  JoinResult,
  RoomBackend,
  RoomRecord,
  RoomSnapshot,
} from './backend/backend.ts'
import { CHECK_SECONDS, CHECK_USER, whoChecks } from './rooms/check.ts'
import { type Client, outcomeOf, presenceOf, remember } from './rooms/client.ts'
import { Directory } from './rooms/directory.ts'
import { standAtDoor } from './rooms/door.ts'
import { userIdOf } from './rooms/identity.ts'
import { LiveRoom } from './rooms/live-room.ts'
import { Member } from './rooms/member.ts'
import type { Delivery, MemberQueue } from './rooms/member-queue.ts'
import { makeRecords, newestOf, type Records } from './rooms/records.ts'
import type { RecordKeys } from './rooms/record-keys.ts'
import { startRenewals } from './rooms/renewals.ts'
import { checkMessage, joinRequest, type RawMessage } from './rooms/requests.ts'
import { untilAvailable } from './rooms/until-available.ts'
import type { Counts } from './metrics.ts'
import type { MakeIceServers } from './turn.ts'

export interface RoomsOptions {
  backend: RoomBackend
  times: BackendTimes
  instance: string
  makeIceServers: MakeIceServers
  icePolicy: IcePolicy
  recordKeys: RecordKeys
  counts: Counts
  logger: Logger
  roomList: boolean
  /** Milliseconds that an empty room stays in the list. */
  emptyRowMs?: number
  /** Milliseconds between `position` events, at least. */
  positionMs?: number
}

/** Milliseconds that those who ask for a lost room wait for somebody to bring it back, and how often the door looks. */
const RETURN_WITHIN = 10_000
const RETURN_LOOK = 500

export interface JoinOptions {
  signal: AbortSignal
  /** Rejects where the client may not enter at all; nothing is asked of the backend before. */
  admission: Promise<void>
}

/** Room ids let people in and peer ids follow them: a log gets enough of them to tell two apart. */
const short = (id: string): string => id.slice(0, 6)

export class Rooms {
  readonly #options: RoomsOptions
  readonly #live = new Map<string, LiveRoom>()
  readonly #directory: Directory
  readonly #records: Records
  readonly #stopRenewals: () => void
  readonly #closing = new AbortController()

  constructor(options: RoomsOptions) {
    const { backend, times, roomList, emptyRowMs = 60_000, positionMs = 30_000, logger } = options
    this.#options = options
    this.#records = makeRecords({ keys: options.recordKeys, maxAgeMs: times.room })
    this.#directory = new Directory({ backend, enabled: roomList, rowMs: times.lease, emptyRowMs })
    this.#stopRenewals = startRenewals({
      backend,
      leaseMs: times.lease,
      positionMs,
      rooms: this.#live,
      logger,
      onRenewed: (live) => live.members.size > 0 && this.#showInList(live),
    })
  }

  list(signal: AbortSignal): MemberQueue<RoomListEvent> {
    return this.#directory.follow(signal)
  }

  async create(client: Client, input: CreateRoomInput): Promise<{ roomId: string }> {
    const { backend } = this.#options
    const roomId = makeRoomId(client.shard)
    const { name, capacity, listed, userSecret } = input
    const hostId = userIdOf(roomId, userSecret)
    await backend.createRoom({ roomId, name, capacity, listed, locked: false, hostId, createdAt: Date.now() })
    client.log.info({ room: short(roomId), listed, capacity }, 'room created')
    if (listed) {
      // The room is there whether or not its line in the list is.
      const view = await backend.readRoom(roomId).catch(() => undefined)
      if (view) this.#directory.put(view, Date.now())
    }
    return { roomId }
  }

  /** What the door says (P5), again after each change, until the signal. */
  preview(input: PreviewInput, signal: AbortSignal): Promise<MemberQueue<RoomPreview>> {
    const live = this.#follow(input.roomId)
    const look = async () => {
      const { resets } = live
      const view = live.view ?? (await this.#options.backend.readRoom(input.roomId))
      if (!view) throw new RoomError('not-found')
      live.adopt(view, resets)
      return view
    }
    const read = async () => {
      await untilAvailable(() => live.open(), signal)
      return this.#untilReturned(look, signal)
    }
    return standAtDoor(live, input, { ...this.#options, read, signal })
  }

  /** Enters a room, or goes on in it (P6). Resolves once the join was carried out. */
  async join(
    client: Client,
    input: JoinInput,
    { signal, admission }: JoinOptions,
  ): Promise<MemberQueue<Delivery>> {
    // Whoever waits for it further down is told; where nobody gets there, the join has failed already.
    admission.catch(() => undefined)
    const { instance, makeIceServers, icePolicy, counts, times } = this.#options
    if (input.protocol < OLDEST_PROTOCOL_VERSION) throw new RoomError('too-old')
    const request = joinRequest(input, client.attempt)
    const { userId } = request
    const record =
      client.record === undefined
        ? undefined
        : this.#records.read(client.record, { roomId: input.roomId, userId })
    const live = this.#follow(input.roomId)
    const member: Member = new Member({
      request,
      instance,
      makeIceServers,
      icePolicy,
      idleMs: () => client.idleMs(),
      isSilent: () => client.idleMs() >= times.lease,
      probe: () => client.probe(),
      join: (again) => this.#joinBackend(live, again, { signal, member, record }),
      signRecord: (view) => this.#records.sign(view, userId),
      onSilent: () => this.#fellSilent(client, member),
      onReset: (reason) => counts.reset(reason),
      onEnd: () => live.forget(member),
    })
    live.members.add(member)
    live.followersChanged()
    signal.addEventListener('abort', () => member.end(), { once: true })
    const entering = admission.then(() => this.#enter(live, member, { client, signal }))
    remember(client, input.roomId, {
      member,
      userId,
      entered: entering.then(
        () => 'entered',
        () => 'refused',
      ),
    })
    try {
      await entering
    } catch (error) {
      member.end()
      throw error
    }
    // The page went away while the store was being asked: what it said then found nobody to say it for.
    if (client.goodbye) await this.#sayGoodbye(client, input.roomId, member)
    return member.queue
  }

  /** Says a batch as the presence that this connection has joined as (P3, P17–P22). */
  async send(client: Client, input: { roomId: string; messages: RawMessage[] }): Promise<SendResult> {
    const { member } = await presenceOf(client, input.roomId)
    const { peerId, attempt } = member
    const { backend, counts } = this.#options
    const started = performance.now()
    try {
      const messages = input.messages.map(checkMessage)
      const result = await backend.send(input.roomId, { peerId, attempt }, messages)
      counts.said(messages.length, (performance.now() - started) / 1_000)
      return result
    } catch (error) {
      // Its lease ran out, or a newer connection has it: find out now rather than at the next renewal.
      if (error instanceof RoomError && error.reason === 'not-a-member') void member.rejoin()
      throw error
    }
  }

  /** Leaves for good (P7); also after the subscription was ended. */
  async leave(client: Client, roomId: string): Promise<{ left: true }> {
    const presence = client.presences.get(roomId)
    if (!presence) throw new RoomError('not-a-member')
    await outcomeOf(presence)
    const { peerId, attempt } = presence.member
    await this.#options.backend.leave(roomId, { peerId, attempt })
    client.log.info({ room: short(roomId), peer: short(peerId) }, 'left')
    return { left: true }
  }

  async iceServers(client: Client, roomId: string): Promise<IceServer[]> {
    const { userId } = await presenceOf(client, roomId)
    return this.#options.makeIceServers(userId)
  }

  /** Short-lived servers for the connection check (P52): of somebody whom that room lets in, or of nobody in particular. */
  async checkServers(room: CheckInput['room']): Promise<IceServer[]> {
    const { backend, makeIceServers } = this.#options
    const user = room ? whoChecks(await backend.readRoom(room.roomId), room) : CHECK_USER
    return makeIceServers(user, CHECK_SECONDS)
  }

  /** The client closed its socket because its page goes away (P24). */
  async goodbye(client: Client): Promise<void> {
    client.goodbye = true
    const presences = [...client.presences]
    await Promise.all(presences.map(([roomId, { member }]) => this.#sayGoodbye(client, roomId, member)))
  }

  /** Whether somebody is in that room through this replica. */
  inUse(roomId: string): boolean {
    return (this.#live.get(roomId)?.view?.peers.length ?? 0) > 0
  }

  /** How many rooms this replica follows: for members, or for people at the door. */
  get followed(): number {
    return this.#live.size
  }

  /** How many subscriptions to rooms this replica serves. */
  get size(): number {
    let size = 0
    for (const live of this.#live.values()) size += live.members.size
    return size
  }

  close(): void {
    this.#closing.abort()
    this.#stopRenewals()
    this.#directory.close()
    for (const live of this.#live.values()) live.close()
  }

  #follow(roomId: string): LiveRoom {
    const { backend, times, counts } = this.#options
    const known = this.#live.get(roomId)
    if (known) return known
    const live = new LiveRoom({
      roomId,
      backend,
      lingerMs: times.lease * 1.5,
      onChange: (changed) => changed.hadMembers && this.#showInList(changed),
      onLost: (lost) => void this.#readAgain(lost),
      onClose: () => this.#live.delete(roomId),
      onExpired: () => counts.expired(),
      rememberMs: times.lease * 2,
    })
    this.#live.set(roomId, live)
    return live
  }

  #showInList(live: LiveRoom): void {
    if (!live.view) return
    if (live.view.peers.length > 0) this.#directory.put(live.view, undefined)
    else if (live.emptySince !== undefined) this.#directory.put(live.view, live.emptySince)
  }

  /** Only onlookers are here. Whoever is inside elsewhere brings a room back that was lost (P55); until then it isn't gone. */
  async #readAgain(live: LiveRoom): Promise<void> {
    const { signal } = this.#closing
    const read = (): Promise<RoomSnapshot | undefined> => this.#options.backend.readRoom(live.roomId)
    try {
      for (
        const end = performance.now() + RETURN_WITHIN;
        !live.view;
        await sleep(RETURN_LOOK, undefined, { signal })
      ) {
        const { resets } = live
        const view = await untilAvailable(read, signal)
        if (view) live.adopt(view, resets)
        else if (performance.now() > end) return live.gone()
      }
    } catch {
      // The server is closing.
    }
  }

  async #enter(
    live: LiveRoom,
    member: Member,
    { client, signal }: { client: Client; signal: AbortSignal },
  ): Promise<void> {
    const started = performance.now()
    // First the feed, then the join: an entry that is logged in between waits in the member (P14).
    await untilAvailable(() => live.open(), signal)
    const result = await member.enter()
    if (!result) return
    const { peerId: peer, attempt } = member
    const text = result.type === 'resumed' ? 'resumed' : 'joined'
    client.log.info({ room: short(live.roomId), peer: short(peer), attempt }, text)
    this.#options.counts.joined(text, (performance.now() - started) / 1_000)
  }

  async #joinBackend(
    live: LiveRoom,
    request: JoinRequest,
    options: { signal: AbortSignal; member: Member; record: Promise<RoomRecord | undefined> | undefined },
  ): Promise<JoinResult> {
    const { backend, logger } = this.#options
    const brought = await options.record
    const wasInside = options.member.recorded ?? brought
    let { resets } = live
    const ask = (): Promise<JoinResult> => {
      resets = live.resets
      // Anew for each try: while the store was away, others may have told what it was like.
      const record = newestOf(brought, seenBy(live))
      return backend.join(live.roomId, {
        ...request,
        ...(record && { record }),
        ...(wasInside && { wasInside: { epoch: wasInside.epoch, revision: wasInside.revision } }),
      })
    }
    const result = await this.#untilReturned(ask, options.signal)
    live.adopt(result.snapshot, resets)
    if (result.type === 'joined' && result.reset === 'data-lost')
      logger.info({ room: short(live.roomId), peer: short(request.peerId) }, 'came back after data was lost')
    return result
  }

  /** Asks for a room; just after the store was away, until somebody inside may have brought it back, who is slower (P55). */
  #untilReturned<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const patient = async (): Promise<T> => {
      try {
        return await step()
      } catch (error) {
        const isMissing = error instanceof RoomError && error.reason === 'not-found'
        const mayReturn = performance.now() - this.#options.backend.backSince() < RETURN_WITHIN
        throw isMissing && mayReturn ? new RoomError('unavailable') : error
      }
    }
    return untilAvailable(patient, signal)
  }

  async #sayGoodbye(client: Client, roomId: string, member: Member): Promise<void> {
    const { backend, times } = this.#options
    const { peerId, attempt } = member
    try {
      await backend.shortenLease(roomId, { peerId, attempt })
      client.log.info({ room: short(roomId), peer: short(peerId) }, 'went away')
      // Nobody else may touch the room just then, and the others are to see it end now.
      await sleep(times.closingLease + 20, undefined, { ref: false, signal: this.#closing.signal })
      await backend.renew([{ roomId, sessions: [] }])
    } catch {
      // The lease then runs out by itself.
    }
  }

  #fellSilent(client: Client, member: Member): void {
    if (client.idleMs() < this.#options.times.lease) {
      // It was this replica or the store that stood still, not the client.
      void member.rejoin()
      return
    }
    client.log.info({ peer: short(member.peerId) }, 'expired')
    client.terminate()
  }
}

/**
 * What this replica knows of a room by itself. It counts only while somebody is inside here: then no rule can have ended
 * the room, so that the store must have lost it.
 */
function seenBy({ lastView, members }: LiveRoom): RoomRecord | undefined {
  if (!lastView || ![...members].some(({ entered }) => entered)) return undefined
  const { room, revision, removed, epoch } = lastView
  return { room, revision, removed, epoch }
}

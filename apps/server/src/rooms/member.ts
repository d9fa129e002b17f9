/** One presence's subscription to a room: the join, the stream of events, and what brings it back when it slips. */
import {
  comparePositions,
  formatEventId,
  type IcePolicy,
  type LeftReason,
  type Position,
  PROTOCOL_VERSION,
  type ResetReason,
  RoomError,
  type RoomEvent,
} from '@maru/api-types'
import { randomUUID } from 'node:crypto'
import type { JoinRequest, JoinResult, LogEntry, RoomSnapshot } from '../backend/backend.ts'
import { Delivery, MemberQueue } from './member-queue.ts'
import type { MakeIceServers } from '../turn.ts'

type MemberState =
  /** Asking the backend; what the log says meanwhile waits. `broken`: the feed left something out, so ask once more. */
  | { kind: 'joining'; buffer: LogEntry[]; broken: boolean }
  /** `position` is the last entry looked at, `sent` the last one that the client was told of. */
  | { kind: 'live'; epoch: string; position: Position; sent: Position; insideSince: Position }
  /** A newer connection holds the presence. This one says nothing more and doesn't end, see `fallSilent`. */
  | { kind: 'superseded' }
  | { kind: 'ended' }

export interface MemberOptions {
  request: JoinRequest
  instance: string
  makeIceServers: MakeIceServers
  icePolicy: IcePolicy
  /** Milliseconds since the client was last heard. */
  idleMs(): number
  /** Whether that is as long as a lease. */
  isSilent(): boolean
  /** Makes the client's side answer. */
  probe(): void
  /** Asks the backend, again and again while it can't be reached. */
  join(request: JoinRequest): Promise<JoinResult>
  /** What its client is to keep of the room. */
  signRecord(view: RoomSnapshot): string
  /** The presence's lease ran out while its client was silent. */
  onSilent(): void
  /** It was given a new snapshot where it had hoped to go on. */
  onReset(reason: ResetReason): void
  onEnd(): void
}

export class Member {
  readonly queue = new MemberQueue<Delivery>()
  readonly #options: MemberOptions
  #state: MemberState = { kind: 'joining', buffer: [], broken: false }
  #entered = false
  /** Where a rejoin goes on from: the last event that the client was given. */
  #resumeFrom: JoinRequest['resumeFrom']
  #recorded: JoinRequest['wasInside']

  constructor(options: MemberOptions) {
    this.#options = options
    this.#resumeFrom = options.request.resumeFrom
  }

  get peerId(): string {
    return this.#options.request.peerId
  }

  get attempt(): number {
    return this.#options.request.attempt
  }

  idleMs(): number {
    return this.#options.idleMs()
  }

  /** Whether its lease is to be renewed. */
  get live(): boolean {
    return this.#state.kind === 'live'
  }

  /** Whether it may speak: also while it finds out what has become of it, the backend knows better then. */
  get mayAct(): boolean {
    return this.#state.kind === 'live' || this.#state.kind === 'joining'
  }

  get ended(): boolean {
    return this.#state.kind === 'ended'
  }

  /** Whether it has been inside. */
  get entered(): boolean {
    return this.#entered
  }

  /** The state of the room that its client has last been given a record of. */
  get recorded(): JoinRequest['wasInside'] {
    return this.#recorded
  }

  /** A hidden page's timers may run once a minute; its browser answers a ping at any time. */
  probeIfIdle(limitMs: number): void {
    if (this.idleMs() > limitMs) this.#options.probe()
  }

  /** Joins for the first time. Register the member with its room before, so that no entry is lost (P14). */
  async enter(): Promise<JoinResult | undefined> {
    try {
      const result = await this.#options.join(this.#options.request)
      this.#admit(result)
      return result
    } catch (error) {
      if (!isSuperseded(error)) throw error
      this.#fallSilent()
      return undefined
    }
  }

  /**
   * Finds out from the backend what has become of the presence, and goes on from the last event: after a break in
   * the log, or when the lease was lost though the client is there.
   */
  async rejoin(): Promise<void> {
    if (this.#state.kind === 'joining') this.#state.broken = true
    if (this.#state.kind !== 'live') return
    // A replica that wakes up from a long sleep must not bring anybody back who isn't there any more.
    if (this.#options.isSilent()) return this.#options.onSilent()
    const { epoch, position } = this.#state
    this.#resumeFrom = { epoch, position }
    this.#state = { kind: 'joining', buffer: [], broken: false }
    try {
      this.#admit(await this.#options.join({ ...this.#options.request, resumeFrom: this.#resumeFrom }))
    } catch (error) {
      if (isSuperseded(error)) this.#fallSilent()
      else this.end(error instanceof Error ? error : new RoomError('unavailable'))
    }
  }

  /** @param event what the entry is to everyone whom it concerns, built once for all of them */
  deliver(entry: LogEntry, event: RoomEvent): void {
    if (this.#state.kind === 'joining') this.#state.buffer.push(entry)
    if (this.#state.kind !== 'live') return
    if (comparePositions(entry.position, this.#state.position) <= 0) return
    this.#state.position = entry.position
    if (entry.event.type === 'left' && entry.event.peerId === this.peerId) {
      this.#ownLeft(entry.event.reason, entry.position)
      return
    }
    if (entry.event.type === 'signal' && entry.event.to !== this.peerId) return
    this.#state.sent = entry.position
    this.queue.push(new Delivery(formatEventId(this.#state.epoch, entry.position), event))
  }

  /** Lets a client that heard nothing for a while resume from where the log is now (P13). */
  tellPosition(): void {
    if (this.#state.kind !== 'live' || this.#state.sent === this.#state.position) return
    this.#state.sent = this.#state.position
    const id = formatEventId(this.#state.epoch, this.#state.position)
    this.queue.push(new Delivery(id, { type: 'position' }))
  }

  /** Gives its client a record of the room, if there is a newer one (P55). */
  tellRecord(view: RoomSnapshot): void {
    const { epoch, revision } = view
    if (this.#state.kind !== 'live' || this.#state.epoch !== epoch) return
    if (this.#recorded?.epoch === epoch && this.#recorded.revision === revision) return
    this.#state.sent = this.#state.position
    const record = this.#record(view)
    // Not an entry of the log: it stands where the last one stood, with a nonce as a snapshot has it.
    this.queue.push(new Delivery(this.#idWithNonce(), { type: 'record', record }))
  }

  end(error?: Error): void {
    if (this.#state.kind === 'ended') return
    this.#state = { kind: 'ended' }
    this.queue.end(error)
    this.#options.onEnd()
  }

  #fallSilent(): void {
    if (this.#state.kind === 'ended') return
    // Ending would send `stopped`, and a client that is just moving to its new connection would take that for the
    // end of its subscription there too. It stops this one itself, or closes the socket.
    this.#state = { kind: 'superseded' }
  }

  #ownLeft(reason: LeftReason, position: Position): void {
    if (reason !== 'expired') {
      this.end(new RoomError(reason))
    } else if (this.#state.kind === 'live' && comparePositions(position, this.#state.insideSince) > 0) {
      this.#options.onSilent()
    }
  }

  #admit(result: JoinResult): void {
    if (this.#state.kind !== 'joining') return
    this.#entered = true
    const { buffer, broken } = this.#state
    const { snapshot } = result
    const resumed = result.type === 'resumed' ? this.#resumeFrom : undefined
    const position = resumed?.position ?? snapshot.position
    this.#state = {
      kind: 'live',
      epoch: snapshot.epoch,
      position,
      sent: position,
      insideSince: snapshot.position,
    }
    if (result.type === 'joined' && result.reset) this.#options.onReset(result.reset)
    this.queue.push(new Delivery(this.#idWithNonce(), this.#firstEvent(result)))
    if (result.type === 'resumed') for (const entry of result.missed) this.deliver(entry, eventOf(entry))
    // What the buffer has may lie behind what is missing: from where the join was, everything comes again.
    if (broken) return void this.rejoin()
    for (const entry of buffer) this.deliver(entry, eventOf(entry))
  }

  /** tRPC's client drops an id that its old socket has delivered already. */
  #idWithNonce(): string {
    if (this.#state.kind !== 'live') throw new Error('not inside')
    const { epoch, position } = this.#state
    return formatEventId(epoch, position, randomUUID().slice(0, 8))
  }

  #record(view: RoomSnapshot): string {
    this.#recorded = { epoch: view.epoch, revision: view.revision }
    return this.#options.signRecord(view)
  }

  #firstEvent(result: JoinResult): RoomEvent {
    const { instance, makeIceServers, icePolicy, request } = this.#options
    const record = this.#record(result.snapshot)
    if (result.type === 'resumed') return { type: 'resumed', applied: result.applied, record, instance }
    return {
      type: 'snapshot',
      you: { peerId: request.peerId, userId: request.userId },
      room: result.snapshot.room,
      peers: result.snapshot.peers,
      chat: result.chat,
      applied: result.applied,
      ...(result.reset && { reset: result.reset }),
      iceServers: makeIceServers(request.userId),
      ...(icePolicy === 'relay' && { icePolicy }),
      record,
      protocol: PROTOCOL_VERSION,
      instance,
      now: Date.now(),
    }
  }
}

const isSuperseded = (error: unknown): boolean =>
  error instanceof RoomError && error.reason === 'not-a-member'

/** What an entry of the log says to those whom it concerns (P12, P16). */
export function eventOf({ event }: LogEntry): RoomEvent {
  if (event.type !== 'signal') return event
  return { type: 'signal', from: event.from, seq: event.seq, signal: event.signal }
}

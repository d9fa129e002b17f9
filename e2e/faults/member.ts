/** Somebody in a room without a browser: the page's own connection, back-off and outbox, and notes of all it hears. */
import './page-socket.ts'
import {
  type ChatMessage,
  type ClientMessage,
  makeSecret,
  makeShard,
  PING_IN_CALL_MS,
  PROTOCOL_VERSION,
  type RoomEvent,
  shardOf,
} from '@maru/api-types'
import { peerIdOf } from '../../apps/server/src/rooms/identity.ts'
import { makeOnce } from '../../apps/pwa/src/call/roster.ts'
import { connect, joinRoom, reasonOf, sendMessages, speakOver } from '../../apps/pwa/src/signaling/client.ts'
import { makeOutbox } from '../../apps/pwa/src/signaling/outbox.ts'
import { setPingInterval } from '../../apps/pwa/src/signaling/resilient-socket.ts'
import { tokenIn, type Witness } from './checker.ts'

setPingInterval(PING_IN_CALL_MS)

export interface MemberOptions {
  origin: string
  roomId: string
  name: string
  userSecret?: string
  /** Whether to negotiate with the others as a mesh does, with the later one offering. */
  negotiates?: boolean
}

/** About what an offer of three transceivers weighs. */
const SDP_BYTES = 6_000
/** Milliseconds until an offer that nobody has answered is sent again, as pages do. */
const UNANSWERED_MS = 4_000
/** So that the machine's clock can be set without anyone coming back before they left. */
const now = (): number => performance.now()

const padded = (token: string): string => `${token} ${'-'.repeat(SDP_BYTES)}`

/** Makes a room for others to join, and goes on trying while the connection breaks. */
export async function createRoom(origin: string): Promise<string> {
  const socket = connect(origin, () => undefined, makeShard)
  const input = { name: 'Faults', listed: false, capacity: 10, userSecret: makeSecret() }
  const ask = () => speakOver(socket).rooms.create.mutate(input)
  const { roomId } = await ask().catch(ask)
  await socket.close()
  return roomId
}

export class Member {
  readonly witness: Witness
  readonly #options: MemberOptions
  readonly #secrets = { userSecret: makeSecret(), joinSecret: makeSecret() }
  readonly #socket: ReturnType<typeof connect>
  readonly #api: ReturnType<typeof speakOver>
  readonly #outbox: ReturnType<typeof makeOutbox>
  readonly #once = makeOnce()
  readonly #history = new Set<string>()
  readonly #offers = new Map<string, NodeJS.Timeout>()
  /** Those who came in while one is there or, after one has expired oneself, since then. */
  #cameMeanwhile: string[] = []
  #joining: ReturnType<typeof joinRoom> | undefined
  /** As the server has signed it, the newest one (P55). */
  #record: string | undefined
  #closed = false

  constructor(options: MemberOptions) {
    const { origin, roomId, name } = options
    this.#options = options
    this.#socket = connect(
      origin,
      () => this.#record,
      () => shardOf(roomId),
    )
    this.#api = speakOver(this.#socket)
    this.witness = {
      name,
      room: roomId,
      peer: peerIdOf(roomId, this.#secrets.joinSecret),
      sent: [],
      heard: [],
      views: [],
      away: [],
      resets: [],
      linked: [],
    }
    this.#outbox = makeOutbox({
      send: (messages) => sendMessages(roomId, messages, this.#api),
      reasonOf,
      onSettled: (seq, outcome) => {
        const sent = this.witness.sent.findLast((one) => one.seq === seq)
        if (sent) sent.settled = { at: now(), outcome }
      },
      onGap: () => this.#joining?.restart(),
      filler: () => ({ type: 'state', state: { mic: true, camera: true } }),
    })
  }

  join(): void {
    const { roomId, name } = this.#options
    this.witness.joinedAt = now()
    this.#joining = joinRoom(
      {
        roomId,
        ...this.#secrets,
        name,
        color: 3,
        state: { mic: true, camera: true },
        protocol: PROTOCOL_VERSION,
      },
      { onEvent: (event) => this.#heard(event), onEnd: ({ reason }) => void (this.witness.end = reason) },
      this.#api,
    )
    this.#socket.connectionState.subscribe({
      next: ({ state }) => {
        if (state === 'pending' || this.#closed) return
        this.#outbox.lost()
        const { away, enteredAt } = this.witness
        if (enteredAt !== undefined && !isOpen(away.at(-1))) away.push({ from: now() })
      },
    })
    this.#outbox.release()
  }

  /** Inside, and on a connection whose first event is there. */
  get live(): boolean {
    const { enteredAt, away } = this.witness
    return enteredAt !== undefined && !isOpen(away.at(-1))
  }

  get unsettled(): number {
    return this.#outbox.size
  }

  say(): void {
    this.#send((text) => ({ type: 'chat', text }))
  }

  /** Is gone from here on, as far as the others go. Whoever calls this sees to it that the server isn't told. */
  die(): void {
    this.witness.goneAt = now()
    this.close()
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#offers.values()) clearTimeout(timer)
    this.#joining?.stop()
    this.#outbox.close()
    void this.#socket.close()
  }

  #send(body: (token: string) => ClientMessage, to?: string): void {
    const { sent, name } = this.witness
    const token = `${name}#${sent.length + 1}`
    const one = { token, seq: this.#outbox.push(body(token)), at: now(), ...(to !== undefined && { to }) }
    sent.push(one)
  }

  #heard(event: RoomEvent): void {
    if (this.#closed) return
    const { heard, views, resets } = this.witness
    const at = now()
    if ('record' in event && event.record !== undefined) this.#record = event.record
    switch (event.type) {
      case 'snapshot':
        if (event.reset) resets.push({ at, reason: event.reset })
        views.push({ at, inside: event.peers.map(({ peerId }) => peerId) })
        this.#back(event.applied, at)
        this.#readHistory(event.chat, at)
        return this.#offerTo(event.peers.map(({ peerId }) => peerId))
      case 'resumed':
        return this.#back(event.applied, at)
      case 'joined':
        views.push({ at, came: event.peer.peerId })
        return this.#gotJoined(event.peer.peerId)
      case 'left':
        views.push({ at, went: event.peerId, reason: event.reason })
        if (event.peerId === this.witness.peer) this.#cameMeanwhile = []
        return
      case 'chat':
        this.#history.add(event.message.id)
        if (this.#once(event.from, event.seq))
          heard.push({ token: event.message.text, from: event.from, at, live: true })
        return
      case 'signal': {
        const text = event.signal.description?.sdp ?? ''
        if (!this.#once(event.from, event.seq)) return
        heard.push({ token: tokenIn(text), from: event.from, at, live: true })
        return this.#negotiate(event.from, event.signal.description?.type)
      }
      default:
    }
  }

  #back(applied: number, at: number): void {
    const { away } = this.witness
    this.witness.enteredAt ??= at
    const last = away.at(-1)
    if (isOpen(last)) last.until = at
    this.#outbox.connected(applied)
  }

  /** What the page's chat does: what it hasn't shown yet is shown. */
  #readHistory(chat: ChatMessage[], at: number): void {
    for (const { id, peerId, seq, text } of chat) {
      if ((seq !== undefined && !this.#once(peerId, seq)) || this.#history.has(id)) continue
      this.#history.add(id)
      this.witness.heard.push({ token: text, from: peerId, at, live: false })
    }
  }

  /** Who came later offers (P28): I, to those before me in the order of joining. */
  #offerTo(inside: string[]): void {
    this.#offerToAll(inside.slice(0, inside.indexOf(this.witness.peer)))
  }

  /** One's own is heard after one has expired, and makes one the later one. */
  #gotJoined(peer: string): void {
    if (peer !== this.witness.peer) return void this.#cameMeanwhile.push(peer)
    this.#offerToAll(this.#cameMeanwhile)
    this.#cameMeanwhile = []
  }

  #offerToAll(peers: string[]): void {
    if (this.#options.negotiates !== true) return
    for (const peer of peers) {
      if (this.witness.linked.includes(peer) || this.#offers.has(peer)) continue
      this.#offer(peer)
    }
  }

  #offer(to: string): void {
    this.#send(
      (token) => ({
        type: 'signal',
        to,
        signal: { gen: 1, description: { type: 'offer', sdp: padded(token) } },
      }),
      to,
    )
    const again = setTimeout(() => this.#offer(to), UNANSWERED_MS)
    this.#offers.set(to, again)
  }

  #negotiate(from: string, type: 'offer' | 'answer' | undefined): void {
    if (type === 'offer') {
      this.#send(
        (token) => ({
          type: 'signal',
          to: from,
          signal: { gen: 1, description: { type: 'answer', sdp: padded(token) } },
        }),
        from,
      )
    } else {
      clearTimeout(this.#offers.get(from))
      this.#offers.delete(from)
    }
    if (!this.witness.linked.includes(from)) this.witness.linked.push(from)
  }
}

const isOpen = <T extends { until?: number }>(away: T | undefined): away is T =>
  away !== undefined && away.until === undefined

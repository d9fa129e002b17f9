/** One presence in a room, from the join to the end: what the room says becomes people, media and words. */
import type { FinalReason, IceServer, Peer, PeerState, RoomEvent, RoomInfo } from '@maru/api-types'
import { PROTOCOL_VERSION } from '@maru/api-types/limits'
import { isFinal } from '@maru/api-types/room-error'
import * as server from '../signaling/client.ts'
import { watchNetwork } from '../signaling/network.ts'
import { makeOutbox } from '../signaling/outbox.ts'
import type { Announcement, ChatEntry, Participant } from './call-state.ts'
import { makeChatLog, type Unsaid } from './chat-log.ts'
import { makeMesh } from './mesh.ts'
import type { Slot } from './negotiation.ts'
import { makePeople } from './people.ts'
import { makeQuality } from './quality.ts'
import { makeOnce } from './roster.ts'
import { makeRenewal } from './turn-credentials.ts'

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never

export interface PresenceOptions {
  roomId: string
  me: { name: string; secret: string; color: number }
  joinSecret: string
  replaces: string | undefined
  /** What the presence before couldn't get said. */
  unsaid: Unsaid[]
  /** What one's own devices do now. */
  devices(): PeerState
  /** The room was entered; again after each interruption. */
  onLive(info: { peerId: string; userId: string; ordinal: number; instance: string }): void
  onOffline(since: number): void
  onRoom(room: RoomInfo): void
  onParticipants(participants: Participant[]): void
  onChat(entries: ChatEntry[]): void
  onAnnounce(announcement: Unnumbered<Announcement>): void
  /** The server doesn't know the room any more, but there is somebody to talk to: the media goes on without it. */
  onOrphaned(): void
  onEnd(reason: FinalReason | 'bad-request'): void
}

export interface Presence {
  /** At the door: makes connections ready for those inside. */
  prepare(you: { peerId: string; userId: string }, inside: Peer[], iceServers: IceServer[]): void
  enter(): Promise<void>
  /** Says goodbye, for good. Resolves when the server has heard it, or after a second. */
  leave(): Promise<void>
  /** The own devices changed: tells the room. */
  tellState(): void
  setTrack(slot: Slot, track: MediaStreamTrack | null): void
  sendChat(text: string): void
  sendAgain(id: string): void
  /** For the presence that takes this one's place. */
  unsaid(): Unsaid[]
  setLocked(locked: boolean): void
  close(): void
}

const SECOND = 1_000
/** A healthy path with a microphone at its other end is never silent this long, one without has only its keepalives. */
const QUIET_MS = { talking: 1_000, mute: 4_000 }

export function makePresence(options: PresenceOptions): Presence {
  const { roomId, me } = options
  const once = makeOnce()
  let you = { peerId: '', userId: '' }
  let saidState: PeerState | undefined
  let joining: ReturnType<typeof server.joinRoom> | undefined
  let clockOffset = 0
  let instance = ''
  let entered = false
  let orphaned = false
  let leaving = false
  let closed = false
  const cleanups: (() => void)[] = []

  const chat = makeChatLog(({ userId }) => userId === you.userId)
  chat.carry(options.unsaid)
  const outbox = makeOutbox({
    send: (messages) => server.sendMessages(roomId, messages),
    reasonOf: server.reasonOf,
    onSettled: (seq, outcome) => {
      if (outcome === 'applied') return
      chat.refuse(seq)
      options.onChat(chat.entries())
    },
    onGap: () => joining?.restart(),
    filler: () => ({ type: 'state', state: options.devices() }),
  })
  const quality = makeQuality({
    links: () => mesh.links(),
    onSpeaking: (peerId, on) => people.setSpeaking(peerId, on),
    onFrames: (peerId, on) => people.setPicture(peerId, on),
    onBack: (peerId) => mesh.refreshPicture(peerId),
  })
  const mesh = makeMesh({
    send: (to, signal) => void outbox.push({ type: 'signal', to, signal }),
    heardAt: (peerId) => quality.heardAt(peerId),
    quietMs: (peerId) => (people.get(peerId)?.state.mic ? QUIET_MS.talking : QUIET_MS.mute),
    onState(peerId, state) {
      if (state === 'connected') quality.connected(peerId)
      people.changed()
    },
    onGone(peerId) {
      remove(peerId, true)
      if (orphaned && mesh.links().size === 0) options.onEnd('not-found')
    },
    onTrack(peerId, slot, track) {
      if (slot === 'screen') return
      // Before the first packet the track is there, live and muted, and would only make the tile black.
      if (track.muted) track.addEventListener('unmute', () => place(peerId, track), { once: true })
      else place(peerId, track)
    },
  })

  const people = makePeople({
    you: () => you,
    connectionOf: (peerId) =>
      mesh.isMarked(peerId) && !orphaned ? 'reconnecting' : (mesh.links().get(peerId)?.state ?? 'connecting'),
    onChange(participants) {
      if (!leaving) options.onParticipants(participants)
    },
  })
  const renewal = makeRenewal(
    () => server.readIceServers(roomId),
    (iceServers) => gotIceServers(iceServers),
  )

  const place = (peerId: string, track: MediaStreamTrack) => {
    people.place(peerId, track)
    if (track.kind === 'video') quality.hurry()
  }
  const announce = (type: 'joined' | 'left', peer: Peer | undefined) => {
    if (peer && peer.userId !== you.userId) options.onAnnounce({ type, name: peer.name })
  }
  const remove = (peerId: string, aloud: boolean) => {
    if (aloud) announce('left', people.get(peerId))
    people.remove(peerId)
    quality.forget(peerId)
  }

  const gotIceServers = (iceServers: IceServer[]) => {
    mesh.setIceServers(iceServers)
    // Only members are given new ones.
    if (entered) renewal.follow(iceServers, Date.now() + clockOffset)
  }

  const tellState = () => {
    const { mic, camera } = options.devices()
    if (!saidState || (mic === saidState.mic && camera === saidState.camera)) return
    saidState = { mic, camera }
    outbox.push({ type: 'state', state: saidState })
  }

  const sendChat = (text: string) => {
    const seq = outbox.push({ type: 'chat', text })
    const { name, color } = me
    chat.pend(seq, { ...you, name, color, text, at: Date.now() + clockOffset })
    if (orphaned) chat.refuse(seq)
    options.onChat(chat.entries())
  }

  const live = (applied: number) => {
    outbox.connected(applied)
    mesh.setSignaling(true)
    const { peerId, userId } = you
    options.onLive({ peerId, userId, instance, ordinal: people.ordinalOf(peerId) })
    people.changed()
  }

  const gotSnapshot = (event: Extract<RoomEvent, { type: 'snapshot' }>) => {
    you = event.you
    instance = event.instance
    clockOffset = event.now - Date.now()
    const first = !entered
    entered = true
    gotIceServers(event.iceServers)
    mesh.snapshot(
      you.peerId,
      event.peers.map(({ peerId }) => peerId),
    )
    const { came, dropped } = people.replace(event.peers, (peerId) => mesh.isMarked(peerId))
    for (const peerId of dropped) quality.forget(peerId)
    if (!first) for (const peer of came) announce('joined', peer)
    chat.merge(event.chat, event.applied)
    options.onChat(chat.entries())
    options.onRoom(event.room)
    live(event.applied)
    // Not before `live`: only now it's known which seq comes next.
    for (const text of chat.takeCarried()) sendChat(text)
    saidState = event.peers.find(({ peerId }) => peerId === you.peerId)?.state ?? saidState
    tellState()
  }

  const gotJoined = (peer: Peer) => {
    const known = people.has(peer.peerId)
    people.add(peer)
    mesh.joined(peer.peerId)
    if (!known && peer.replaces === undefined && peer.peerId !== you.peerId) announce('joined', peer)
  }

  const gotChat = ({ from, seq, message }: Extract<RoomEvent, { type: 'chat' }>) => {
    chat.add(message, from === you.peerId ? seq : undefined)
    options.onChat(chat.entries())
    const { name, text, userId } = message
    if (userId !== you.userId) options.onAnnounce({ type: 'chat', name, text })
  }

  const gotEvent = (event: RoomEvent) => {
    if (closed || leaving) return
    switch (event.type) {
      case 'snapshot':
        return gotSnapshot(event)
      case 'resumed':
        instance = event.instance
        return live(event.applied)
      case 'joined':
        return gotJoined(event.peer)
      case 'left':
        // One's own end comes as the subscription's.
        if (event.peerId === you.peerId) return
        mesh.left(event.peerId, event.reason)
        return event.reason === 'expired'
          ? people.changed()
          : remove(event.peerId, event.reason !== 'replaced')
      case 'state':
        return people.setState(event.peerId, event.state)
      case 'signal':
        if (once(event.from, event.seq)) mesh.gotSignal(event.from, event.signal)
        return
      case 'chat':
        if (once(event.from, event.seq)) gotChat(event)
        return
      case 'room':
        return options.onRoom(event.room)
      case 'position':
        return
    }
  }

  const gotEnd = (reason: FinalReason | 'bad-request') => {
    if (closed || leaving) return
    const connected = [...mesh.links().values()].some(({ state }) => state === 'connected')
    if (reason !== 'not-found' || !entered || !connected) return options.onEnd(reason)
    orphaned = true
    outbox.lost()
    chat.refuseAll()
    options.onChat(chat.entries())
    // Nobody is inside any more by the server's word; each stays until their media ends.
    mesh.snapshot(you.peerId, [])
    options.onOrphaned()
    people.changed()
  }

  const close = () => {
    if (closed) return
    closed = true
    renewal.stop()
    people.close()
    joining?.stop()
    outbox.close()
    mesh.close()
    quality.close()
    for (const cleanup of cleanups) cleanup()
  }

  return {
    prepare(self, inside, iceServers) {
      you = self
      gotIceServers(iceServers)
      for (const peer of inside) people.add(peer)
      mesh.prepare(
        self.peerId,
        inside.map(({ peerId }) => peerId),
      )
    },
    async enter() {
      saidState = options.devices()
      const { name, secret: userSecret, color } = me
      const { joinSecret, replaces } = options
      const state = saidState
      await mesh.preOffer()
      if (closed || leaving) return
      joining = server.joinRoom(
        {
          roomId,
          userSecret,
          joinSecret,
          name,
          color,
          state,
          protocol: PROTOCOL_VERSION,
          ...(replaces && { replaces }),
        },
        {
          onEvent: gotEvent,
          onEnd: ({ reason }) => gotEnd(isFinal(reason) ? reason : 'bad-request'),
        },
      )
      let connected = true
      cleanups.push(
        server.watchConnection((connection) => {
          if (connection.kind === 'connected') return
          connected = false
          outbox.lost()
          mesh.setSignaling(false)
          if (!orphaned) options.onOffline(connection.since)
        }),
        watchNetwork((hint) => {
          if (hint !== 'visible') mesh.networkChanged()
        }),
      )
      const ticking = setInterval(() => mesh.tick(), SECOND)
      cleanups.push(() => clearInterval(ticking))
      tellState()
      if (connected) outbox.release()
    },
    async leave() {
      if (closed) return
      // What still comes must not bring the pages back into the call.
      leaving = true
      const left = joining ? server.leaveRoom(roomId).catch(() => {}) : Promise.resolve()
      await Promise.race([left, new Promise((resolve) => setTimeout(resolve, SECOND))])
      close()
    },
    tellState,
    setTrack: (slot, track) => mesh.setTrack(slot, track),
    sendChat,
    sendAgain(id) {
      const text = chat.recall(id)
      if (text !== undefined) sendChat(text)
    },
    unsaid: () => chat.unsaid(),
    setLocked: (locked) => void outbox.push({ type: 'lock', locked }),
    close,
  }
}

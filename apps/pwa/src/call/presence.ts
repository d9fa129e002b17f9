/** One presence in a room, from the join to the end: what the room says becomes people, media and words. */
import type {
  ClientMessage,
  FinalReason,
  Peer,
  PeerState,
  Reaction,
  RoomEvent,
  RoomInfo,
  RoomPreview,
} from '@maru/api-types'
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
import { makeRelayChoice } from './relay-choice.ts'
import { makeOnce } from './roster.ts'
import { makeRenewal } from './turn-credentials.ts'

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never

export interface PresenceOptions {
  roomId: string
  me: { name: string; secret: string; color: number }
  joinSecret: string
  replaces: string | undefined
  /** Whether one's own address is to be kept from the others. */
  hideAddress: boolean
  /** What the presence before couldn't get said. */
  unsaid: Unsaid[]
  /** What one's own devices do now. */
  devices(): PeerState
  /** The room was entered; again after each interruption. */
  onLive(info: { peerId: string; userId: string; ordinal: number; instance: string }): void
  onOffline(since: number): void
  onRoom(room: RoomInfo): void
  /** The newest that a server which has lost the room can be shown (P55). */
  onRecord(record: string): void
  onParticipants(participants: Participant[], ownHand: number): void
  onReaction(peerId: string, emoji: Reaction): void
  /** The host has switched off one's own: it is for this page to obey (P36). */
  onModerated(device: keyof PeerState): void
  onChat(entries: ChatEntry[]): void
  onAnnounce(announcement: Unnumbered<Announcement>): void
  /** The server doesn't know the room any more, but there is somebody to talk to: the media goes on without it. */
  onOrphaned(): void
  onEnd(reason: FinalReason | 'bad-request'): void
}

/** What the server says about the way media may take. */
type Ice = Pick<RoomPreview, 'iceServers' | 'icePolicy'>

export interface Presence {
  /** At the door: makes connections ready for those inside. */
  prepare(you: { peerId: string; userId: string }, inside: Peer[], ice: Ice): void
  /** At the door: of connections that are ready nothing has left yet. */
  setHideAddress(on: boolean): void
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
  /** What needs no answer and no place in the chat. */
  say(message: Exclude<ClientMessage, { type: 'signal' | 'chat' | 'state' }>): void
  close(): void
}

const SECOND = 1_000
/** A healthy path with a microphone at its other end is never silent this long, one without has only its keepalives. */
const QUIET_MS = { talking: 1_000, mute: 4_000 }

const isSameState = (a: PeerState, b: PeerState): boolean =>
  a.mic === b.mic && a.camera === b.camera && (a.screen ?? false) === (b.screen ?? false)

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
  let online = false
  let interrupted = false
  let hostId: string | undefined
  let closed = false
  let ice: Ice = { iceServers: [] }
  let { hideAddress } = options
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
    freshen: () => renewal.freshen(),
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
      if (slot === 'screen') return people.placeScreen(peerId, track)
      // What was shown before stays until something comes. Nothing was: a picture comes sooner where it's expected.
      const first = track.kind === 'video' && !people.hasTrack(peerId, 'video')
      if (!track.muted || first) place(peerId, track)
      if (track.muted) track.addEventListener('unmute', () => place(peerId, track), { once: true })
    },
  })

  const people = makePeople({
    you: () => you,
    hostId: () => hostId,
    online: () => online,
    isAway: (peerId) => mesh.isMarked(peerId),
    connectionOf: (peerId) =>
      mesh.isMarked(peerId) && !orphaned ? 'reconnecting' : (mesh.links().get(peerId)?.state ?? 'connecting'),
    onChange(participants, ownHand) {
      if (!leaving) options.onParticipants(participants, ownHand)
    },
  })
  const relays = makeRelayChoice((iceServers, more) =>
    // Without a TURN server nothing connects then, which is better than to break one's word.
    mesh.setIceServers(iceServers, hideAddress ? 'relay' : (ice.icePolicy ?? 'all'), more),
  )
  const renewal = makeRenewal(
    () => server.readIceServers(roomId),
    (iceServers) => gotIce({ ...ice, iceServers }),
  )

  const place = (peerId: string, track: MediaStreamTrack) => {
    people.place(peerId, track)
    if (track.kind === 'video' && !track.muted) quality.hurry()
  }
  const announce = (type: 'joined' | 'left', peer: Peer | undefined) => {
    if (peer && peer.userId !== you.userId) options.onAnnounce({ type, name: peer.name })
  }
  const remove = (peerId: string, aloud: boolean) => {
    if (aloud) announce('left', people.get(peerId))
    people.remove(peerId)
    quality.forget(peerId)
  }

  const applyIce = () => relays.follow(ice.iceServers)
  const gotIce = (given: Ice) => {
    const { iceServers, icePolicy } = given
    ice = { iceServers, ...(icePolicy && { icePolicy }) }
    applyIce()
    // Only members are given new ones.
    if (entered) renewal.follow(ice.iceServers, Date.now() + clockOffset)
  }

  const tellState = () => {
    const state = options.devices()
    if (!saidState || isSameState(state, saidState)) return
    saidState = state
    outbox.push({ type: 'state', state })
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
    // Not every device says that it is on another network now.
    if (interrupted) relays.checkAgain('doubt')
    interrupted = false
    online = true
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
    gotIce(event)
    mesh.snapshot(
      you.peerId,
      event.peers.map(({ peerId }) => peerId),
    )
    const handWasUp = people.get(you.peerId)?.hand !== undefined
    const { came, dropped } = people.replace(event.peers, (peerId) => mesh.isMarked(peerId))
    for (const peerId of dropped) quality.forget(peerId)
    if (!first) for (const peer of came) announce('joined', peer)
    // What was said again after the store had lost it has another id there, but not another seq.
    const unheard = event.chat.filter(({ peerId, seq }) => seq === undefined || once(peerId, seq))
    chat.merge(unheard, event.applied)
    options.onChat(chat.entries())
    gotRoom(event.room)
    live(event.applied)
    // Not before `live`: only now it's known which seq comes next.
    for (const text of chat.takeCarried()) sendChat(text)
    const ownState = event.peers.find(({ peerId }) => peerId === you.peerId)?.state
    // The same log, and all that was said here is in it: it was the host, in what has been trimmed.
    if (event.reset === 'log-trimmed' && ownState && outbox.size === 0) obey(saidState, ownState)
    // The room has forgotten it, and nothing that waits to be said is about it.
    if (event.reset === 'data-lost' && handWasUp && outbox.size === 0)
      outbox.push({ type: 'hand', raised: true })
    saidState = ownState ?? saidState
    tellState()
  }

  const gotRoom = (room: RoomInfo) => {
    const before = hostId
    hostId = room.hostId
    options.onRoom(room)
    people.changed()
    if (before === undefined || before === hostId) return
    const host = people.ofUser(hostId)
    if (host) options.onAnnounce({ type: 'host', name: hostId === you.userId ? undefined : host.name })
  }

  /** Answers what was on and is off. */
  const obey = (before: PeerState | undefined, now: PeerState) => {
    const off = (['mic', 'camera'] as const).filter((device) => before?.[device] && !now[device])
    for (const device of off) options.onModerated(device)
    return off
  }

  const gotState = ({ peerId, state, by }: Extract<RoomEvent, { type: 'state' }>) => {
    const peer = people.get(peerId)
    const before = peer?.state
    const began = state.screen && !before?.screen
    if (began && peer && peerId !== you.peerId) options.onAnnounce({ type: 'sharing', name: peer.name })
    people.setState(peerId, state, by !== undefined)
    if (by === undefined || peerId !== you.peerId) return
    const name = people.get(by)?.name ?? ''
    for (const device of obey(before, state)) {
      options.onAnnounce({ type: 'moderated', name, action: device === 'mic' ? 'mute' : 'stop-camera' })
    }
  }

  const gotHand = ({ peerId, hand }: Extract<RoomEvent, { type: 'hand' }>) => {
    people.setHand(peerId, hand)
    const peer = people.get(peerId)
    if (hand !== null && peer && peerId !== you.peerId) options.onAnnounce({ type: 'hand', name: peer.name })
  }

  const gotJoined = (peer: Peer) => {
    const known = people.has(peer.peerId)
    people.add(peer)
    void mesh.joined(peer.peerId).then(() => {
      if (closed || leaving) return
      people.changed()
      const isNew = !known && peer.replaces === undefined && peer.peerId !== you.peerId
      if (isNew && people.has(peer.peerId)) announce('joined', peer)
    })
    if (peer.peerId === you.peerId) {
      // Made anew after it had expired, with what it showed when it first came (P11).
      saidState = peer.state
      tellState()
    }
  }

  const gotChat = ({ from, seq, message }: Extract<RoomEvent, { type: 'chat' }>) => {
    chat.add(message, from === you.peerId ? seq : undefined)
    options.onChat(chat.entries())
    const { name, text, userId } = message
    if (userId !== you.userId) options.onAnnounce({ type: 'chat', name, text })
  }

  const gotEvent = (event: RoomEvent) => {
    if (closed || leaving) return
    if ('record' in event && event.record !== undefined) {
      server.keepRecord(event.record)
      options.onRecord(event.record)
    }
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
        return gotState(event)
      case 'hand':
        return gotHand(event)
      case 'reaction':
        return once(event.from, event.seq) ? options.onReaction(event.from, event.emoji) : undefined
      case 'signal':
        if (once(event.from, event.seq)) mesh.gotSignal(event.from, event.signal)
        return
      case 'chat':
        if (once(event.from, event.seq)) gotChat(event)
        return
      case 'room':
        return gotRoom(event.room)
      case 'record':
      case 'position':
        return
    }
  }

  const gotEnd = (reason: FinalReason | 'bad-request') => {
    if (closed || leaving) return
    const connected = [...mesh.links().values()].some(({ state }) => state === 'connected')
    if (reason !== 'not-found' || !entered || !connected) return options.onEnd(reason)
    orphaned = true
    online = false
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
    relays.stop()
    people.close()
    joining?.stop()
    outbox.close()
    mesh.close()
    quality.close()
    for (const cleanup of cleanups) cleanup()
  }

  // At the door too: what is prepared there has gathered the addresses of the network before.
  cleanups.push(
    watchNetwork((hint) => {
      if (hint === 'visible') return
      relays.checkAgain('changed')
      mesh.networkChanged()
    }),
  )

  return {
    prepare(self, inside, given) {
      if (closed || leaving) return
      you = self
      gotIce(given)
      for (const peer of inside) people.add(peer)
      mesh.prepare(
        self.peerId,
        inside.map(({ peerId }) => peerId),
      )
    },
    setHideAddress(on) {
      hideAddress = on
      applyIce()
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
          interrupted = entered
          online = false
          outbox.lost()
          people.changed()
          mesh.setSignaling(false)
          if (!orphaned) options.onOffline(connection.since)
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
    say: (message) => void outbox.push(message),
    close,
  }
}

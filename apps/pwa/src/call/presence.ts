/** One presence in a room, from the join to the end: what the room says becomes people, media and words. */
import type { FinalReason, IceServer, Peer, PeerState, RoomEvent, RoomInfo } from '@maru/api-types'
import { PROTOCOL_VERSION } from '@maru/api-types/limits'
import { isFinal } from '@maru/api-types/room-error'
import * as server from '../signaling/client.ts'
import { watchNetwork } from '../signaling/network.ts'
import { makeOutbox } from '../signaling/outbox.ts'
import type { Announcement, ChatEntry, Participant } from './call-state.ts'
import { makeChatLog } from './chat-log.ts'
import { makeMesh } from './mesh.ts'
import type { Slot } from './negotiation.ts'
import { makeQuality } from './quality.ts'
import { makeOnce, mergeRoster, ordinals } from './roster.ts'
import { halfLife } from './turn-credentials.ts'

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never

export interface PresenceOptions {
  roomId: string
  me: { name: string; secret: string; color: number }
  joinSecret: string
  replaces: string | undefined
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
  setLocked(locked: boolean): void
  close(): void
}

const SECOND = 1_000
/** A healthy path with a microphone at its other end is never silent this long, one without has only its keepalives. */
const QUIET_MS = { talking: 1_000, mute: 4_000 }

export function makePresence(options: PresenceOptions): Presence {
  const { roomId, me } = options
  const once = makeOnce()
  const streams = new Map<string, MediaStream>()
  const speaking = new Set<string>()
  const pictures = new Set<string>()
  let peers = new Map<string, Peer>()
  let you = { peerId: '', userId: '' }
  let saidState: PeerState | undefined
  let joining: ReturnType<typeof server.joinRoom> | undefined
  let clockOffset = 0
  let instance = ''
  let entered = false
  let orphaned = false
  let closed = false
  let turnTimer: ReturnType<typeof setTimeout> | undefined
  const cleanups: (() => void)[] = []

  const chat = makeChatLog(({ userId }) => userId === you.userId)
  const outbox = makeOutbox({
    send: (messages) => server.sendMessages(roomId, messages),
    reasonOf: server.reasonOf,
    onSettled: (seq, outcome) => {
      if (outcome === 'applied') return
      chat.refuse(seq, outcome)
      options.onChat(chat.entries())
    },
    onGap: () => joining?.restart(),
    filler: () => ({ type: 'state', state: options.devices() }),
  })
  const quality = makeQuality({
    links: () => mesh.links(),
    onSpeaking: (peerId, on) => toggle(speaking, peerId, on),
    onFrames: (peerId, on) => toggle(pictures, peerId, on),
    onBack: (peerId) => mesh.refreshPicture(peerId),
  })
  const mesh = makeMesh({
    send: (to, signal) => void outbox.push({ type: 'signal', to, signal }),
    heardAt: (peerId) => quality.heardAt(peerId),
    quietMs: (peerId) => (peers.get(peerId)?.state.mic ? QUIET_MS.talking : QUIET_MS.mute),
    onState(peerId, state) {
      if (state === 'connected') quality.connected(peerId)
      publish()
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

  const place = (peerId: string, track: MediaStreamTrack) => {
    const stream = streams.get(peerId)
    if (!stream || track.readyState === 'ended') return
    for (const old of stream.getTracks())
      if (old.kind === track.kind && old !== track) stream.removeTrack(old)
    stream.addTrack(track)
    if (track.kind === 'video') quality.hurry()
    publish()
  }
  const toggle = (set: Set<string>, peerId: string, on: boolean) => {
    if (set.has(peerId) === on) return
    if (on) set.add(peerId)
    else set.delete(peerId)
    publish()
  }

  let publishing = false
  /** Once at the end of the tick: a snapshot changes many things at once. */
  const publish = () => {
    if (publishing || closed) return
    publishing = true
    queueMicrotask(() => {
      publishing = false
      if (!closed) options.onParticipants(participants())
    })
  }
  const participants = (): Participant[] => {
    const numbers = ordinals(peers.values())
    const links = mesh.links()
    return Array.from(peers.values())
      .filter(({ peerId }) => peerId !== you.peerId)
      .map(({ peerId, userId, name, color, state }) => ({
        peerId,
        userId,
        name,
        color,
        state,
        ordinal: numbers.get(peerId) ?? 1,
        stream: streams.get(peerId)!,
        hasPicture: state.camera && pictures.has(peerId),
        connection:
          mesh.isMarked(peerId) && !orphaned ? 'reconnecting' : (links.get(peerId)?.state ?? 'connecting'),
        speaking: state.mic && speaking.has(peerId),
        ownUser: userId === you.userId,
      }))
  }

  const add = (peer: Peer) => {
    peers.set(peer.peerId, peer)
    if (!streams.has(peer.peerId)) streams.set(peer.peerId, new MediaStream())
  }
  const announce = (type: 'joined' | 'left', peer: Peer | undefined) => {
    if (peer && peer.userId !== you.userId) options.onAnnounce({ type, name: peer.name })
  }
  const remove = (peerId: string, aloud: boolean) => {
    if (aloud) announce('left', peers.get(peerId))
    peers.delete(peerId)
    streams.delete(peerId)
    speaking.delete(peerId)
    pictures.delete(peerId)
    quality.forget(peerId)
    publish()
  }

  const gotIceServers = (iceServers: IceServer[]) => {
    mesh.setIceServers(iceServers)
    clearTimeout(turnTimer)
    const wait = halfLife(iceServers, Date.now() + clockOffset)
    // Only members are given new ones.
    if (wait === undefined || !entered) return
    turnTimer = setTimeout(() => {
      server.readIceServers(roomId).then(gotIceServers, () => {
        turnTimer = setTimeout(() => gotIceServers(iceServers), 5 * SECOND)
      })
    }, wait)
  }

  const tellState = () => {
    const { mic, camera } = options.devices()
    if (!saidState || (mic === saidState.mic && camera === saidState.camera)) return
    saidState = { mic, camera }
    outbox.push({ type: 'state', state: saidState })
  }

  const live = (applied: number) => {
    outbox.connected(applied)
    mesh.setSignaling(true)
    const { peerId, userId } = you
    options.onLive({ peerId, userId, instance, ordinal: ordinals(peers.values()).get(peerId) ?? 1 })
    publish()
  }

  const gotSnapshot = (event: Extract<RoomEvent, { type: 'snapshot' }>) => {
    const before = peers
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
    peers = mergeRoster(before, event.peers, (peerId) => mesh.isMarked(peerId))
    for (const peer of peers.values()) add(peer)
    for (const peerId of before.keys()) if (!peers.has(peerId)) remove(peerId, false)
    if (!first) for (const peer of event.peers) if (!before.has(peer.peerId)) announce('joined', peer)
    chat.merge(event.chat, event.applied)
    options.onChat(chat.entries())
    options.onRoom(event.room)
    live(event.applied)
    saidState = event.peers.find(({ peerId }) => peerId === you.peerId)?.state ?? saidState
    tellState()
  }

  const gotJoined = (peer: Peer) => {
    const known = peers.has(peer.peerId)
    add(peer)
    mesh.joined(peer.peerId)
    if (!known && peer.replaces === undefined && peer.peerId !== you.peerId) announce('joined', peer)
    publish()
  }

  const gotEvent = (event: RoomEvent) => {
    if (closed) return
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
        return event.reason === 'expired' ? publish() : remove(event.peerId, event.reason !== 'replaced')
      case 'state': {
        const peer = peers.get(event.peerId)
        if (peer) peers.set(event.peerId, { ...peer, state: event.state })
        return publish()
      }
      case 'signal':
        if (once(event.from, event.seq)) mesh.gotSignal(event.from, event.signal)
        return
      case 'chat': {
        if (!once(event.from, event.seq)) return
        const own = event.from === you.peerId
        chat.add(event.message, own ? event.seq : undefined)
        options.onChat(chat.entries())
        const { name, text, userId } = event.message
        if (userId !== you.userId) options.onAnnounce({ type: 'chat', name, text })
        return
      }
      case 'room':
        return options.onRoom(event.room)
      case 'position':
        return
    }
  }

  const gotEnd = (reason: FinalReason | 'bad-request') => {
    if (closed) return
    const connected = [...mesh.links().values()].some(({ state }) => state === 'connected')
    if (reason !== 'not-found' || !entered || !connected) return options.onEnd(reason)
    orphaned = true
    outbox.lost()
    // Nobody is inside any more by the server's word; each stays until their media ends.
    mesh.snapshot(you.peerId, [])
    options.onOrphaned()
    publish()
  }

  const close = () => {
    if (closed) return
    closed = true
    clearTimeout(turnTimer)
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
      for (const peer of inside) add(peer)
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
      if (closed) return
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
      const left = joining ? server.leaveRoom(roomId).catch(() => {}) : Promise.resolve()
      await Promise.race([left, new Promise((resolve) => setTimeout(resolve, SECOND))])
      close()
    },
    tellState,
    setTrack: (slot, track) => mesh.setTrack(slot, track),
    sendChat(text) {
      const seq = outbox.push({ type: 'chat', text })
      const { name, color } = me
      chat.pend(seq, { ...you, name, color, text, at: Date.now() + clockOffset })
      options.onChat(chat.entries())
    },
    setLocked: (locked) => void outbox.push({ type: 'lock', locked }),
    close,
  }
}

/** Who is in the room besides oneself, as the pages see them: the log's word, their media and what is measured of it. */
import type { Peer, PeerState } from '@maru/api-types'
import type { Participant, ParticipantConnection } from './call-state.ts'
import { handPlaces, mergeRoster, ordinals } from './roster.ts'

export interface PeopleOptions {
  you(): { peerId: string; userId: string }
  hostId(): string | undefined
  /** Whether the room's word reaches this page. */
  online(): boolean
  connectionOf(peerId: string): ParticipantConnection
  /** Whether the server has lost sight of them. */
  isAway(peerId: string): boolean
  /** Once a tick at most: a snapshot changes many things at once. */
  onChange(participants: Participant[], ownHand: number): void
}

export interface People {
  has(peerId: string): boolean
  get(peerId: string): Peer | undefined
  ofUser(userId: string): Peer | undefined
  ordinalOf(peerId: string): number
  add(peer: Peer): void
  /** A snapshot's word; those whom it doesn't show stay if `keep` says so. Answers who has come, and who is dropped. */
  replace(inside: Peer[], keep: (peerId: string) => boolean): { came: Peer[]; dropped: string[] }
  /** @param byHost whether it was the host who switched something off */
  setState(peerId: string, state: PeerState, byHost: boolean): void
  setHand(peerId: string, hand: string | null): void
  remove(peerId: string): void
  /** One that has ended counts: what it showed last is still to be seen. */
  hasTrack(peerId: string, kind: 'audio' | 'video'): boolean
  /** The remote camera or microphone. */
  place(peerId: string, track: MediaStreamTrack): void
  /** What they would share, as soon as there is a connection; it is shown while their state says that they do. */
  placeScreen(peerId: string, track: MediaStreamTrack): void
  setSpeaking(peerId: string, on: boolean): void
  setPicture(peerId: string, on: boolean): void
  /** Something that `connectionOf` answers has changed. */
  changed(): void
  close(): void
}

interface Shown {
  stream: MediaStream
  screen: MediaStream
  speaking: boolean
  picture: boolean
}

export function makePeople(options: PeopleOptions): People {
  let peers = new Map<string, Peer>()
  const shown = new Map<string, Shown>()
  /** What the host has switched off and its owner not on again. */
  const stopped = new Set<`${keyof PeerState} ${string}`>()
  let publishing = false
  let closed = false

  /**
   * Whoever is said to be off isn't played, whatever comes from them (P36). Without the room's word nobody can be heard to
   * have switched on, and a call outlives its server: then what comes is played, but for what the host has stopped.
   */
  const plays = (device: keyof PeerState, { peerId, state }: Peer): boolean =>
    state[device] || (!options.online() && !stopped.has(`${device} ${peerId}`))

  const participants = (places: ReadonlyMap<string, number>): Participant[] => {
    const you = options.you()
    const numbers = ordinals(peers.values())
    return Array.from(peers.values()).flatMap((peer) => {
      const { peerId, userId, name, color, state } = peer
      const media = shown.get(peerId)
      if (peerId === you.peerId || !media) return []
      const voice = plays('mic', peer)
      // What a shared screen plays comes with the voice, muted or not (P41), but not of whom the host has stopped.
      const sound = voice || (state.screen === true && !stopped.has(`mic ${peerId}`))
      for (const track of media.stream.getAudioTracks()) track.enabled = sound
      return {
        peerId,
        userId,
        name,
        color,
        state,
        ordinal: numbers.get(peerId) ?? 1,
        stream: media.stream,
        screen: state.screen ? media.screen : undefined,
        hasPicture: plays('camera', peer) && media.picture,
        connection: options.connectionOf(peerId),
        speaking: voice && media.speaking,
        isHost: userId === options.hostId(),
        hand: places.get(peerId) ?? 0,
        away: options.isAway(peerId),
        ownUser: userId === you.userId,
      }
    })
  }

  const changed = () => {
    if (publishing || closed) return
    publishing = true
    queueMicrotask(() => {
      publishing = false
      if (closed) return
      const places = handPlaces(peers.values())
      options.onChange(participants(places), places.get(options.you().peerId) ?? 0)
    })
  }
  const show = (peerId: string) => {
    if (shown.has(peerId)) return
    const [stream, screen] = [new MediaStream(), new MediaStream()]
    shown.set(peerId, { stream, screen, speaking: false, picture: false })
  }
  const put = (stream: MediaStream | undefined, track: MediaStreamTrack) => {
    if (!stream || track.readyState === 'ended') return
    const old = stream.getTracks().filter(({ kind, id }) => kind === track.kind && id !== track.id)
    for (const one of old) stream.removeTrack(one)
    if (stream.getTrackById(track.id)) return
    stream.addTrack(track)
    changed()
  }
  const set = (peerId: string, key: 'speaking' | 'picture', on: boolean) => {
    const media = shown.get(peerId)
    if (!media || media[key] === on) return
    media[key] = on
    changed()
  }

  return {
    has: (peerId) => peers.has(peerId),
    get: (peerId) => peers.get(peerId),
    ofUser: (userId) => Array.from(peers.values()).find((peer) => peer.userId === userId),
    ordinalOf: (peerId) => ordinals(peers.values()).get(peerId) ?? 1,
    add(peer) {
      peers.set(peer.peerId, peer)
      show(peer.peerId)
    },
    replace(inside, keep) {
      const before = peers
      peers = mergeRoster(before, inside, keep)
      for (const peerId of peers.keys()) show(peerId)
      const dropped = [...before.keys()].filter((peerId) => !peers.has(peerId))
      for (const peerId of dropped) shown.delete(peerId)
      changed()
      return { came: inside.filter(({ peerId }) => !before.has(peerId)), dropped }
    },
    setState(peerId, state, byHost) {
      const peer = peers.get(peerId)
      for (const device of ['mic', 'camera'] as const) {
        if (state[device]) stopped.delete(`${device} ${peerId}`)
        else if (byHost && peer?.state[device]) stopped.add(`${device} ${peerId}`)
      }
      if (peer) peers.set(peerId, { ...peer, state })
      changed()
    },
    setHand(peerId, next) {
      const peer = peers.get(peerId)
      if (!peer) return
      const { hand, ...lowered } = peer
      if (next !== null) peers.set(peerId, { ...peer, hand: next })
      else if (hand !== undefined) peers.set(peerId, lowered)
      changed()
    },
    remove(peerId) {
      peers.delete(peerId)
      shown.delete(peerId)
      changed()
    },
    hasTrack(peerId, kind) {
      return (
        shown
          .get(peerId)
          ?.stream.getTracks()
          .some((track) => track.kind === kind) === true
      )
    },
    place: (peerId, track) => put(shown.get(peerId)?.stream, track),
    placeScreen: (peerId, track) => put(shown.get(peerId)?.screen, track),
    setSpeaking: (peerId, on) => set(peerId, 'speaking', on),
    setPicture: (peerId, on) => set(peerId, 'picture', on),
    changed,
    close() {
      closed = true
    },
  }
}

/** A room as this replica sees it: a snapshot carried forward by the log, and what it looks like from outside. */
import { comparePositions, initialsOf, type Peer, type RoomPreview, type RoomRow } from '@maru/api-types'
import type { LogEntry, RoomSnapshot } from '../backend/backend.ts'

/** The room after an entry; one that the snapshot has already, or that changes nothing, only moves the position. */
export function advance(view: RoomSnapshot, entry: LogEntry): RoomSnapshot {
  const { position, revision = view.revision, removed } = entry
  if (comparePositions(position, view.position) <= 0) return view
  const next = apply(view, entry)
  return { ...next, revision, removed: removed ?? next.removed }
}

function apply(view: RoomSnapshot, { position, event }: LogEntry): RoomSnapshot {
  switch (event.type) {
    case 'joined': {
      const others = without(view.peers, event.peer.peerId)
      const since = others.length === 0 ? event.peer.joinedAt : view.since
      return { ...view, position, since, peers: [...others, event.peer] }
    }
    case 'left':
      return {
        ...view,
        position,
        peers: without(view.peers, event.peerId),
        removed:
          event.userId === undefined || view.removed.includes(event.userId)
            ? view.removed
            : [...view.removed, event.userId],
      }
    case 'state': {
      const { peerId, state } = event
      return {
        ...view,
        position,
        peers: view.peers.map((peer) => (peer.peerId === peerId ? { ...peer, state } : peer)),
      }
    }
    case 'hand': {
      const { peerId, hand } = event
      return {
        ...view,
        position,
        peers: view.peers.map((peer) => (peer.peerId === peerId ? withHand(peer, hand) : peer)),
      }
    }
    case 'room':
      return { ...view, position, room: event.room }
    case 'signal':
    case 'chat':
    case 'reaction':
      return { ...view, position }
  }
}

const without = (peers: Peer[], peerId: string): Peer[] => peers.filter((peer) => peer.peerId !== peerId)

function withHand(peer: Peer, next: string | null): Peer {
  const { hand = null, ...lowered } = peer
  if (hand === next) return peer
  return next === null ? lowered : { ...peer, hand: next }
}

/** Who stands at the door. */
export interface Visitor {
  userId: string
  peerId: string
  /** Their earlier presence, which would make way. */
  replaces?: string
}

/** Whether a join would be let in, by the rules that `RoomBackend.join` applies when it comes to it. */
export function entryOf(view: RoomSnapshot, visitor: Visitor): RoomPreview['entry'] {
  const own = ({ peerId }: Peer): boolean => peerId === visitor.peerId || peerId === visitor.replaces
  const known = visitor.userId === view.room.hostId || view.peers.some(own)
  if (view.room.locked && !known) return 'locked'
  return view.peers.filter((peer) => !own(peer)).length >= view.room.capacity ? 'full' : 'open'
}

/** The room's line in the list: initials, never a name or an id of a person. */
export function rowOf({ room, peers, since }: RoomSnapshot): RoomRow {
  return {
    roomId: room.roomId,
    name: room.name,
    capacity: room.capacity,
    count: peers.length,
    people: peers.map(({ name, color }) => ({ initials: initialsOf(name), color })),
    since,
    locked: room.locked,
  }
}

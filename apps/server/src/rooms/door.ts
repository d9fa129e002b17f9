/** What somebody at the door of a room is told (P5), again after each change. */
import { type IcePolicy, type PreviewInput, RoomError, type RoomPreview } from '@maru/api-types'
import type { RoomSnapshot } from '../backend/backend.ts'
import type { MakeIceServers } from '../turn.ts'
import { peerIdOf, userIdOf } from './identity.ts'
import type { LiveRoom, Onlooker } from './live-room.ts'
import { MemberQueue } from './member-queue.ts'
import { entryOf, type Visitor } from './room-view.ts'

export interface DoorOptions {
  instance: string
  makeIceServers: MakeIceServers
  icePolicy: IcePolicy
  /** Reads the room, for `live` too, where nobody on this replica has yet. Tries again while the store can't be reached. */
  read: () => Promise<RoomSnapshot>
  signal: AbortSignal
}

const MAX_ONLOOKERS = 500

/** @throws RoomError `not-found`; through the queue also when the room goes, and `removed` to whom the host has removed */
export async function standAtDoor(
  live: LiveRoom,
  input: PreviewInput,
  options: DoorOptions,
): Promise<MemberQueue<RoomPreview>> {
  if (live.onlookers.size >= MAX_ONLOOKERS) throw new RoomError('rate-limited', { retryAfterMs: 5_000 })
  const visitor = visitorOf(input)
  const queue = new MemberQueue<RoomPreview>()
  const onlooker: Onlooker = {
    changed: (view) =>
      view.removed.includes(visitor.userId)
        ? queue.end(new RoomError('removed'))
        : queue.push(previewOf(view, visitor, options)),
    gone: () => queue.end(new RoomError('not-found')),
  }
  const leave = (): void => {
    queue.end()
    live.onlookers.delete(onlooker)
    live.followersChanged()
  }
  live.onlookers.add(onlooker)
  live.followersChanged()
  options.signal.addEventListener('abort', leave, { once: true })
  try {
    const view = await options.read()
    onlooker.changed(live.view ?? view)
    return queue
  } catch (error) {
    leave()
    throw error
  }
}

function visitorOf({ roomId, userSecret, joinSecret, replaces }: PreviewInput): Visitor {
  return {
    userId: userIdOf(roomId, userSecret),
    peerId: peerIdOf(roomId, joinSecret),
    ...(replaces !== undefined && { replaces: peerIdOf(roomId, replaces) }),
  }
}

function previewOf(
  view: RoomSnapshot,
  visitor: Visitor,
  { instance, makeIceServers, icePolicy }: Pick<DoorOptions, 'instance' | 'makeIceServers' | 'icePolicy'>,
): RoomPreview {
  const entry = entryOf(view, visitor)
  return {
    room: view.room,
    entry,
    peers: entry === 'locked' ? [] : view.peers,
    count: view.peers.length,
    you: { userId: visitor.userId, peerId: visitor.peerId },
    iceServers: entry === 'open' ? makeIceServers(visitor.userId) : [],
    ...(icePolicy === 'relay' && { icePolicy }),
    instance,
  }
}

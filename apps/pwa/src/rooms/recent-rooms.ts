/** The rooms that this browser was in last: kept here and told to nobody. */
import { ID_PATTERN } from '@maru/api-types/ids'
import { createSignal } from 'solid-js'
import { forget, recall, remember } from '../storage.ts'

export interface RecentRoom {
  roomId: string
  name: string
  /** When it was entered, by this device's clock. */
  at: number
}

const KEY = 'maru.recent-rooms'
const MAX = 5

const isRecentRoom = (value: unknown): value is RecentRoom => {
  const room = value as Partial<RecentRoom> | null
  return (
    typeof room?.roomId === 'string' &&
    ID_PATTERN.test(room.roomId) &&
    typeof room.name === 'string' &&
    typeof room.at === 'number'
  )
}

/** What another version, or a hand, has written there is taken for what it is worth. */
function read(): RecentRoom[] {
  try {
    const stored: unknown = JSON.parse(recall(KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter(isRecentRoom).slice(0, MAX) : []
  } catch {
    return []
  }
}

const [recentRooms, setRecentRooms] = createSignal(read())

/** The last one first. */
export { recentRooms }

function keep(rooms: RecentRoom[]): void {
  if (rooms.length === 0) forget(KEY)
  else remember(KEY, JSON.stringify(rooms))
  setRecentRooms(rooms)
}

const without = (roomId: string): RecentRoom[] => read().filter((room) => room.roomId !== roomId)

export function keepRecentRoom(room: RecentRoom): void {
  keep([room, ...without(room.roomId)].slice(0, MAX))
}

/** The server has no such room any more. */
export const dropRecentRoom = (roomId: string): void => keep(without(roomId))

export const forgetRecentRooms = (): void => keep([])

// Another tab has been in a room. `storage` fires in the other tabs only.
if (typeof window !== 'undefined') {
  window.addEventListener('storage', (event) => {
    if (event.key === KEY) setRecentRooms(read())
  })
}

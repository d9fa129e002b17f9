/** The live list of open rooms, as a Solid store. */
import type { RoomListEvent, RoomRow } from '@maru/api-types'
import { createSignal, onCleanup } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import { watchConnection, watchRooms } from '../signaling/client.ts'

export interface RoomListState {
  /** `loading` until the server has spoken; `off` when it keeps no public list. */
  kind: 'loading' | 'rooms' | 'off'
  /** Whether the server is there to say what changes. What was seen last stays. */
  connected: boolean
  /** In the order in which they are shown. */
  rooms: RoomRow[]
  /** The server's clock less ours, milliseconds. */
  clockOffset: number
}

const PATIENCE_MS = 2_500

const barred = (room: RoomRow): number => Number(room.locked || room.count >= room.capacity)

/** What one can enter comes first, and of that where most is going on. */
const byLife = (a: RoomRow, b: RoomRow): number =>
  barred(a) - barred(b) || b.count - a.count || b.since - a.since || (a.roomId < b.roomId ? -1 : 1)

/** Owner-bound: the subscription ends with the page. */
export function createRoomList(): RoomListState {
  const [state, setState] = createStore<RoomListState>({
    kind: 'loading',
    connected: true,
    rooms: [],
    clockOffset: 0,
  })
  const rows = new Map<string, RoomRow>()

  const show = (): void => {
    const rooms = [...rows.values()].sort(byLife)
    // By key, so that a card that stays keeps its element, and with it the focus.
    setState('rooms', reconcile(rooms, { key: 'roomId' }))
    setState({ kind: 'rooms' })
  }

  const onEvent = (event: RoomListEvent): void => {
    switch (event.type) {
      case 'off':
        return setState({ kind: 'off' })
      case 'rooms':
        rows.clear()
        for (const row of event.rooms) rows.set(row.roomId, row)
        setState('clockOffset', event.now - Date.now())
        return show()
      case 'changed':
        for (const roomId of event.gone) rows.delete(roomId)
        for (const row of event.upserts) rows.set(row.roomId, row)
        return show()
    }
  }

  // An interruption that is over before anybody could have read of it is none.
  let timer: ReturnType<typeof setTimeout> | undefined
  const unwatch = watchConnection((connection) => {
    clearTimeout(timer)
    if (connection.kind === 'connected') setState({ connected: true })
    else timer = setTimeout(() => setState({ connected: false }), PATIENCE_MS)
  })
  const stop = watchRooms({ onEvent, onEnd: () => setState({ connected: false }) })
  onCleanup(() => {
    clearTimeout(timer)
    unwatch()
    stop()
  })
  return state
}

/** A clock that ticks often enough for "12 minutes ago". */
export function createMinuteClock(): () => number {
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), 20_000)
  onCleanup(() => clearInterval(timer))
  return now
}

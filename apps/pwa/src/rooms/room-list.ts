/** The live list of open rooms, as signals. */
import type { RoomListEvent, RoomRow } from '@maru/api-types'
import { batch, createMemo, createSignal, onCleanup } from 'solid-js'
import { watchRooms } from '../signaling/client.ts'
import { createServerReachable } from './server-reachable.ts'

export interface RoomList {
  /** `loading` until the server has spoken; `off` when it keeps no public list. */
  kind(): 'loading' | 'rooms' | 'off'
  /** Whether the server is there to say what changes. What was seen last stays. */
  connected(): boolean
  /** The server has ended it for good: this page is from another time. */
  outdated(): boolean
  /** In the order in which they are shown. */
  rooms(): RoomRow[]
  /** The server's clock less ours, milliseconds. */
  clockOffset(): number
}

const barred = (room: RoomRow): number => Number(room.locked || room.count >= room.capacity)

/** What one can enter comes first, and of that where most is going on. */
const byLife = (a: RoomRow, b: RoomRow): number =>
  barred(a) - barred(b) || b.count - a.count || b.since - a.since || (a.roomId < b.roomId ? -1 : 1)

/** Owner-bound: the subscription ends with the page. */
export function createRoomList(): RoomList {
  const [kind, setKind] = createSignal<'loading' | 'rooms' | 'off'>('loading')
  const connected = createServerReachable()
  const [outdated, setOutdated] = createSignal(false)
  const [clockOffset, setClockOffset] = createSignal(0)
  const [rows, setRows] = createSignal<ReadonlyMap<string, RoomRow>>(new Map())
  const rooms = createMemo(() => [...rows().values()].sort(byLife))

  const amend = (old: ReadonlyMap<string, RoomRow>, event: { upserts: RoomRow[]; gone: string[] }) => {
    const next = new Map(old)
    for (const roomId of event.gone) next.delete(roomId)
    for (const row of event.upserts) next.set(row.roomId, row)
    return next
  }
  const onEvent = (event: RoomListEvent): void =>
    batch(() => {
      switch (event.type) {
        case 'off':
          return void setKind('off')
        case 'rooms':
          setClockOffset(event.now - Date.now())
          setRows(amend(new Map(), { upserts: event.rooms, gone: [] }))
          return void setKind('rooms')
        case 'changed':
          return void setRows((old) => amend(old, event))
      }
    })

  onCleanup(watchRooms({ onEvent, onEnd: () => setOutdated(true) }))
  return { kind, connected, outdated, rooms, clockOffset }
}

/** A clock that ticks often enough for "12 minutes ago". */
export function createMinuteClock(): () => number {
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), 20_000)
  onCleanup(() => clearInterval(timer))
  return now
}

/** Keeps the leases of this replica's members alive, all rooms in one batch, and sweeps the rooms it follows. */
import type { Logger } from 'pino'
import { RoomError } from '@maru/api-types'
import type { RoomBackend } from '../backend/backend.ts'
import type { LiveRoom } from './live-room.ts'

export interface RenewalOptions {
  backend: RoomBackend
  leaseMs: number
  /** Milliseconds between the `position` events of a room. */
  positionMs: number
  rooms: ReadonlyMap<string, LiveRoom>
  logger: Logger
  onRenewed: (live: LiveRoom) => void
}

/** Starts the timers; returns what stops them. */
export function startRenewals(options: RenewalOptions): () => void {
  const { backend, leaseMs, rooms, logger } = options
  let timer: NodeJS.Timeout

  // Never longer than a third: a lease of 15 s and this make the 20 s within which a ghost is gone (P23). Jittered
  // downward, so that replicas which were started together don't all ask at once.
  const schedule = (): void => {
    timer = setTimeout(() => void run(), (leaseMs / 3) * (0.8 + Math.random() * 0.2)).unref()
  }

  async function run(): Promise<void> {
    try {
      await renew()
    } catch (error) {
      // The backend has said that it can't be reached; it spares those whose leases couldn't be renewed (P25).
      if (!(error instanceof RoomError)) logger.error({ err: error }, 'renewing leases failed')
    }
    schedule()
  }

  async function renew(): Promise<void> {
    if (rooms.size === 0) return
    const requests = [...rooms.values()].map((live) => ({
      roomId: live.roomId,
      sessions: live.sessions(leaseMs),
    }))
    // Asked now, it has answered by the next renewal, which then still has two thirds of a lease to give.
    for (const live of rooms.values()) for (const member of live.members) member.probeIfIdle(leaseMs / 6)
    for (const { roomId, lost } of await backend.renew(requests)) {
      const live = rooms.get(roomId)
      if (!live) continue
      for (const member of live.members) if (lost.includes(member.peerId)) void member.rejoin()
      options.onRenewed(live)
    }
  }

  const positions = setInterval(() => {
    for (const live of rooms.values()) for (const member of live.members) member.tellPosition()
  }, options.positionMs).unref()

  schedule()
  return () => {
    clearTimeout(timer)
    clearInterval(positions)
  }
}

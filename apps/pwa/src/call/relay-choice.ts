/**
 * Which TURN URLs connections are given. A browser allocates once per connection and URL, so those over UDP come
 * first, and TCP and TLS only where UDP gathers no relay.
 */
import type { IceServer } from '@maru/api-types'

/** An allocation over UDP takes two round trips; this is long enough for slow ones with a packet lost. */
const PATIENCE_MS = 1_200

/** RFC 7065 §3.1: without a word on the transport `turn:` is over UDP and `turns:` over TLS. */
const isOther = (url: string): boolean => /^turns:|^turn:.*\?transport=tcp$/i.test(url)
const isUdpRelay = (url: string): boolean => /^turn:/i.test(url) && !isOther(url)

const pick = (iceServers: IceServer[], isWanted: (url: string) => boolean): IceServer[] =>
  iceServers
    .map((server) => ({ ...server, urls: server.urls.filter(isWanted) }))
    .filter(({ urls }) => urls.length > 0)

/** Whether one of these relays can be had; `false` when none has answered after `patience` milliseconds. */
async function gathersRelay(iceServers: IceServer[], patience: number): Promise<boolean> {
  const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' })
  try {
    pc.createDataChannel('')
    const found = new Promise<boolean>((resolve) => {
      pc.onicecandidate = ({ candidate }) => {
        if (candidate === null) resolve(false)
        else if (candidate.type === 'relay') resolve(true)
      }
      setTimeout(() => resolve(false), patience)
    })
    await pc.setLocalDescription()
    return await found
  } finally {
    pc.close()
  }
}

export interface RelayChoice {
  /** From these servers on; the first time, finds out what this network lets through. */
  follow(iceServers: IceServer[]): void
  /** The network is (`changed`) or may be another one: finds it out again, unless that is just being done. */
  checkAgain(why: 'changed' | 'doubt'): void
  stop(): void
}

/**
 * @param onChoice gets what connections are to be made with, at once; and `more` relays than before when the first ones
 *   can't be had here
 * @param gathers whether relays can be had, within a time in milliseconds
 */
export function makeRelayChoice(
  onChoice: (iceServers: IceServer[], more: boolean) => void,
  gathers: (iceServers: IceServer[], patience: number) => Promise<boolean> = gathersRelay,
): RelayChoice {
  let iceServers: IceServer[] = []
  let blocked = false
  /** Rises with each check: only the newest one's outcome counts. */
  let check = 0
  let running = 0
  let stopped = false

  const choose = (more: boolean) => {
    const hasUdp = pick(iceServers, isUdpRelay).length > 0
    onChoice(hasUdp && !blocked ? pick(iceServers, (url) => !isOther(url)) : iceServers, more)
  }
  const find = async () => {
    const udp = pick(iceServers, isUdpRelay)
    // Nothing to choose between.
    if (udp.length === 0 || pick(iceServers, isOther).length === 0) return
    const current = ++check
    running += 1
    const isBlocked = !(await gathers(udp, PATIENCE_MS).catch(() => false))
    running -= 1
    if (stopped || current !== check || isBlocked === blocked) return
    blocked = isBlocked
    choose(blocked)
  }

  return {
    follow(servers) {
      iceServers = servers
      choose(false)
      if (check === 0) void find()
    },
    checkAgain(why) {
      if (why === 'changed' || running === 0) void find()
    },
    stop: () => void (stopped = true),
  }
}

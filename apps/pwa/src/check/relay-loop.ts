/** A call with oneself over the relay: two connections on this page that may meet there only. */
import type { IceServer } from '@maru/api-types'
import { median } from './server.ts'
import { sleep, within } from './waiting.ts'

export interface Loop {
  /** Of a few small messages there and back, milliseconds. */
  roundTrip: number
  measure(signal: AbortSignal): Promise<Measured>
  close(): void
}

export interface Measured {
  /** Milliseconds. */
  roundTrip: number
  /** 0 to 1, one way. */
  loss: number
  /** Bits a second, one way. */
  throughput: number
}

/** `code`: ICE's or TURN's, from `icecandidateerror`. */
export type LoopFailure = { failed: 'no-answer' | 'refused' | 'full' | 'no-traffic'; code?: number }

const GATHER_MS = 8_000
const CONNECT_MS = 8_000
const GREETINGS = 3

/** Probes: a hundred in two seconds, of the size of sound. */
const PROBES = 100
const PROBE_EVERY_MS = 20
const PROBE_BYTES = 160
/** What comes later than this was lost for a call. */
const LATE_MS = 1_000

/** The flood: whatever ends first. What is sent up comes down again. */
const FLOOD_BYTES = 2 * 1024 * 1024
const FLOOD_MS = 4_000
const CHUNK_BYTES = 16 * 1024
const AHEAD_BYTES = 256 * 1024

export async function openLoop(server: IceServer, signal: AbortSignal): Promise<Loop | LoopFailure> {
  const config: RTCConfiguration = { iceServers: [server], iceTransportPolicy: 'relay' }
  const near = new RTCPeerConnection(config)
  const far = new RTCPeerConnection(config)
  const close = (): void => {
    near.close()
    far.close()
  }
  signal.addEventListener('abort', close, { once: true })
  // Lost is lost: retransmission would hide it.
  const [probes, echo] = pair(near, far, 0, { ordered: false, maxRetransmits: 0 })
  const [flood, sink] = pair(near, far, 1, {})
  echo.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
    if (echo.readyState === 'open') echo.send(data)
  })
  try {
    const failure = await connect(near, far, signal)
    if (failure) {
      close()
      return failure
    }
    if (!(await areOpen([probes, echo, flood, sink], signal))) {
      close()
      return { failed: 'no-traffic' }
    }
    const greeted = await probe(probes, { count: GREETINGS, everyMs: 100, signal })
    if (greeted.length === 0) {
      close()
      return { failed: 'no-traffic' }
    }
    return {
      roundTrip: Math.min(...greeted),
      close,
      measure: async (ends) => {
        const times = await probe(probes, { count: PROBES, everyMs: PROBE_EVERY_MS, signal: ends })
        const throughput = await pour(flood, sink, ends)
        return { roundTrip: median(times), loss: oneWay(times.length / PROBES), throughput }
      },
    }
  } catch (error) {
    close()
    throw error
  }
}

/** What is lost on one of two equal ways, when this part comes back over both. */
const oneWay = (back: number): number => 1 - Math.sqrt(Math.min(1, back))

function pair(
  near: RTCPeerConnection,
  far: RTCPeerConnection,
  id: number,
  options: RTCDataChannelInit,
): [RTCDataChannel, RTCDataChannel] {
  const make = (pc: RTCPeerConnection): RTCDataChannel => {
    const channel = pc.createDataChannel('', { ...options, id, negotiated: true })
    channel.binaryType = 'arraybuffer'
    return channel
  }
  return [make(near), make(far)]
}

/** Answers why not, or nothing once both have met. */
async function connect(
  near: RTCPeerConnection,
  far: RTCPeerConnection,
  signal: AbortSignal,
): Promise<LoopFailure | undefined> {
  const gathered = watchGathering(near, signal)
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate) to.addIceCandidate(candidate).catch(() => undefined)
    })
  }
  const connected = new Promise<boolean>((resolve) => {
    near.addEventListener('connectionstatechange', () => {
      if (near.connectionState === 'connected') resolve(true)
      if (near.connectionState === 'failed' || near.connectionState === 'closed') resolve(false)
    })
    signal.addEventListener('abort', () => resolve(false), { once: true })
  })
  await near.setLocalDescription()
  await far.setRemoteDescription(near.localDescription!)
  await far.setLocalDescription()
  await near.setRemoteDescription(far.localDescription!)
  const failure = await gathered
  if (failure) return failure
  const met = await Promise.race([connected, sleep(CONNECT_MS).then(() => false)])
  return met ? undefined : { failed: 'no-traffic' }
}

/** Answers nothing as soon as the relay has given a place. */
function watchGathering(pc: RTCPeerConnection, signal: AbortSignal): Promise<LoopFailure | undefined> {
  return new Promise((resolve) => {
    let code: number | undefined
    const give = (): void => resolve(failureOf(code))
    const ends = within(signal, GATHER_MS)
    ends.addEventListener('abort', give, { once: true })
    pc.addEventListener('icecandidateerror', ({ errorCode }) => {
      // The relay's own word says more than that some address of this device didn't reach it.
      if (code === undefined || errorCode < 700) code = errorCode
    })
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.type === 'relay') resolve(undefined)
      else if (candidate === null) give()
    })
  })
}

/** RFC 8656 §19: 401 for a user whom it doesn't know, 486 and 508 when it has no place. 701 is the browser's. */
function failureOf(code: number | undefined): LoopFailure {
  const told = code === undefined ? {} : { code }
  if (code === 401 || code === 403 || code === 441) return { failed: 'refused', ...told }
  if (code === 486 || code === 508) return { failed: 'full', ...told }
  return { failed: 'no-answer', ...told }
}

async function areOpen(channels: RTCDataChannel[], signal: AbortSignal): Promise<boolean> {
  const open = channels.map(
    (channel) =>
      new Promise((resolve) => {
        if (channel.readyState === 'open') resolve(true)
        else channel.addEventListener('open', resolve, { once: true })
      }),
  )
  const ends = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  return Promise.race([
    Promise.all(open).then(() => true),
    ends.then(() => false),
    sleep(CONNECT_MS).then(() => false),
  ])
}

/** The round trips of those that came back, in milliseconds. */
async function probe(
  channel: RTCDataChannel,
  { count, everyMs, signal }: { count: number; everyMs: number; signal: AbortSignal },
): Promise<number[]> {
  const sentAt = new Map<number, number>()
  const times: number[] = []
  const back = ({ data }: MessageEvent<ArrayBuffer>): void => {
    const number = new DataView(data).getUint32(0)
    const at = sentAt.get(number)
    if (at === undefined) return
    sentAt.delete(number)
    times.push(performance.now() - at)
  }
  channel.addEventListener('message', back)
  try {
    for (let i = 0; i < count && channel.readyState === 'open' && !signal.aborted; i++) {
      const message = new DataView(new ArrayBuffer(PROBE_BYTES))
      message.setUint32(0, i)
      sentAt.set(i, performance.now())
      channel.send(message)
      await sleep(everyMs)
    }
    const until = performance.now() + LATE_MS
    while (sentAt.size > 0 && performance.now() < until && !signal.aborted) await sleep(20)
  } finally {
    channel.removeEventListener('message', back)
  }
  return times
}

/** Bits a second that arrive when as much is sent as goes through. */
async function pour(channel: RTCDataChannel, sink: RTCDataChannel, signal: AbortSignal): Promise<number> {
  let received = 0
  let lastAt = 0
  const startedAt = performance.now()
  const arrived = ({ data }: MessageEvent<ArrayBuffer>): void => {
    received += data.byteLength
    lastAt = performance.now()
  }
  sink.addEventListener('message', arrived)
  const chunk = new Uint8Array(CHUNK_BYTES)
  const isOver = (): boolean =>
    signal.aborted || channel.readyState !== 'open' || performance.now() - startedAt > FLOOD_MS
  try {
    for (let sent = 0; sent < FLOOD_BYTES && !isOver(); sent += CHUNK_BYTES) {
      while (channel.bufferedAmount > AHEAD_BYTES && !isOver()) await sleep(5)
      if (!isOver()) channel.send(chunk)
    }
    while (received < FLOOD_BYTES && !isOver()) await sleep(10)
  } finally {
    sink.removeEventListener('message', arrived)
  }
  return received === 0 ? 0 : (received * 8_000) / (lastAt - startedAt)
}

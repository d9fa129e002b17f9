/** The connection check from its first step to its last, each with its finding as soon as there is one. */
import type { CheckInput, IceServer } from '@maru/api-types'
import { checkDevices } from './devices.ts'
import { checkDirect } from './direct.ts'
import {
  type Finding,
  type Findings,
  type Item,
  NETWORK_ITEMS,
  type Way,
  WAYS,
  type Why,
} from './findings.ts'
import { type Loop, type LoopFailure, type Measured, openLoop } from './relay-loop.ts'
import { askForServers, checkServer } from './server.ts'

export interface CheckOptions {
  /** Camera and microphone too. In a call they are known, and some phones take them from it. */
  devices: boolean
  input: CheckInput
  /** Ends it at once; nothing is told any more. */
  signal: AbortSignal
  onFound(item: Item, finding: Findings[Item]): void
}

const MEASURES = ['roundTrip', 'loss', 'throughput'] as const
const LONG_MS = 400
const LOSS = { some: 0.02, much: 0.1 }
/** Bits a second: a good picture and sound, and hardly a picture. */
const RATE = { good: 1_500_000, low: 400_000 }

export async function runCheck({ devices, input, signal, onFound }: CheckOptions): Promise<void> {
  const found = (item: Item, finding: Findings[Item]): void => {
    if (!signal.aborted) onFound(item, finding)
  }
  const skip = (items: readonly Item[], why: Why): void =>
    items.forEach((item) => found(item, { verdict: 'skipped', why }))

  if (devices) {
    found('camera', 'running')
    found('microphone', 'running')
    await checkDevices(signal, found)
  }
  found('server', 'running')
  const { finding, info } = await checkServer(signal)
  found('server', finding)
  const rest = NETWORK_ITEMS.filter((item) => item !== 'server')
  if (!info) return skip(rest, 'needsServer')
  const answer = await askForServers(input, signal)
  if ('why' in answer) return skip(rest, answer.why)

  const { iceServers } = answer
  const stun = iceServers.flatMap(({ urls }) => urls).filter((url) => /^stuns?:/i.test(url))
  if (info.icePolicy === 'relay') skip(['direct'], 'directNeedless')
  else if (stun.length === 0) skip(['direct'], 'notSetUp')
  else found('direct', 'running')
  const direct = async (): Promise<void> => {
    if (info.icePolicy === 'all' && stun.length > 0)
      found(
        'direct',
        await checkDirect(stun, signal).catch((): Finding => ({ verdict: 'bad', why: 'directBlocked' })),
      )
  }
  const loops = await Promise.all([
    ...WAYS.map((way) => checkWay(way, { server: relayFor(way, iceServers), signal, found })),
    direct().then(() => undefined),
  ])
  const best = loops.find((loop) => loop !== undefined)
  try {
    if (!best) return skip(MEASURES, info.relay ? 'needsWay' : 'notSetUp')
    MEASURES.forEach((item) => found(item, 'running'))
    const measured = findingsOf(await best.measure(signal))
    MEASURES.forEach((item) => found(item, measured[item]))
  } finally {
    for (const loop of loops) loop?.close()
  }
}

/** RFC 7065: UDP and no TLS unless the URL says otherwise. */
const wayOf = (url: string): Way | undefined => {
  if (/^turns:/i.test(url)) return 'tls'
  if (!/^turn:/i.test(url)) return undefined
  return /\?transport=tcp/i.test(url) ? 'tcp' : 'udp'
}

function relayFor(way: Way, iceServers: IceServer[]): IceServer | undefined {
  for (const { urls, ...credentials } of iceServers) {
    const url = urls.find((one) => wayOf(one) === way)
    if (url !== undefined) return { ...credentials, urls: [url] }
  }
  return undefined
}

interface WayOptions {
  server: IceServer | undefined
  signal: AbortSignal
  found: CheckOptions['onFound']
}

async function checkWay(way: Way, { server, signal, found }: WayOptions): Promise<Loop | undefined> {
  if (!server) {
    found(way, { verdict: 'skipped', why: 'notSetUp' })
    return undefined
  }
  found(way, 'running')
  // A browser without WebRTC, or one that doesn't take the URL, says so by throwing.
  const loop = await openLoop(server, signal).catch((): LoopFailure => ({ failed: 'no-answer' }))
  if ('failed' in loop) {
    found(way, failureInWords(way, loop))
    return undefined
  }
  found(way, { verdict: 'good', why: 'wayGood', value: { unit: 'ms', amount: loop.roundTrip } })
  return loop
}

function failureInWords(way: Way, { failed, code }: LoopFailure): Finding {
  const why = {
    'no-answer': `${way}Blocked`,
    refused: 'wayRefused',
    full: 'wayFull',
    'no-traffic': 'wayDead',
  } as const
  return { verdict: 'bad', why: why[failed], ...(code !== undefined && { code }) }
}

function findingsOf({ roundTrip, loss, throughput }: Measured): Record<(typeof MEASURES)[number], Finding> {
  const long = !(roundTrip <= LONG_MS)
  return {
    roundTrip: {
      verdict: long ? 'poor' : 'good',
      why: long ? 'roundTripLong' : 'roundTripGood',
      ...(Number.isFinite(roundTrip) && { value: { unit: 'ms', amount: roundTrip } }),
    },
    loss: {
      ...(loss > LOSS.much
        ? { verdict: 'bad', why: 'lossMuch' }
        : loss > LOSS.some
          ? { verdict: 'poor', why: 'lossSome' }
          : { verdict: 'good', why: 'lossGood' }),
      value: { unit: 'percent', amount: loss * 100 },
    },
    throughput: {
      ...(throughput < RATE.low
        ? { verdict: 'bad', why: 'throughputPoor' }
        : throughput < RATE.good
          ? { verdict: 'poor', why: 'throughputLow' }
          : { verdict: 'good', why: 'throughputGood' }),
      value: { unit: 'mbit', amount: throughput / 1_000_000 },
    },
  }
}

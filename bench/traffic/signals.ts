/** Signals of a wanted size that carry numbers, so that whoever hears one knows which it was. */
import type { Signal, SignalCandidate } from '@maru/api-types'

const LINE = 'a=rtpmap:96 VP8/90000\r\n'

const candidate = (n: number): SignalCandidate => ({
  candidate: `${n} candidate:2842163049 1 udp 1677729535 192.0.2.17 50017 typ srflx raddr 0.0.0.0 rport 0 generation 0`,
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment: 'EsAw',
})

/** About 200 bytes each, as Chromium's are. */
export const candidatesOf = (numbers: number[]): Signal => ({ gen: 1, candidates: numbers.map(candidate) })

/** @param numbers its own, and those of the candidates that it has in it */
export function descriptionOf(numbers: number[], type: 'offer' | 'answer', bytes: number): Signal {
  const start = `${numbers.join(' ')}\r\n`
  const sdp = start + LINE.repeat(Math.ceil(bytes / LINE.length))
  return { gen: 1, description: { type, sdp: sdp.slice(0, bytes) } }
}

/** As many bytes: a candidate below 1 KB, else a description. */
export function signalOf(n: number, bytes: number): Signal {
  return bytes < 1_000 ? candidatesOf([n]) : descriptionOf([n], 'offer', bytes)
}

export const numbersOf = ({ description, candidates = [] }: Signal): number[] => [
  ...(description ? description.sdp.split('\r\n', 1)[0]!.split(' ').map(Number) : []),
  ...candidates.map(({ candidate: text }) => Number.parseInt(text, 10)),
]

/** What a negotiation says, as big as Chromium says it: three transceivers, eight candidates in three batches. */
import type { Signal, SignalCandidate } from '@maru/api-types'

/** Bytes of a description with opus, VP8 and H264 in each of its sections. */
const OFFER_BYTES = 10_900
const ANSWER_BYTES = 8_200
const LINE = 'a=rtpmap:96 VP8/90000\r\n'

/** Begins with when it was said: whoever hears it is in the same process. */
function sdp(bytes: number): string {
  return `${performance.now()}\r\n${LINE.repeat(bytes / LINE.length)}`
}

const candidate = (n: number): SignalCandidate => ({
  candidate: `candidate:${n}842163049 1 udp 16777${n}5 192.0.2.${n} ${50_000 + n} typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag EsAw network-cost 999`,
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment: 'EsAw',
})

const BATCHES = [3, 3, 2]

/** One side of a negotiation, message by message. */
export function* sideOf(type: 'offer' | 'answer'): Generator<Signal> {
  yield { gen: 1, description: { type, sdp: sdp(type === 'offer' ? OFFER_BYTES : ANSWER_BYTES) } }
  for (const count of BATCHES)
    yield { gen: 1, candidates: Array.from({ length: count }, (_, n) => candidate(n)) }
}

/** When a description was said; undefined for candidates. */
export const saidAt = ({ description }: Signal): number | undefined =>
  description && Number.parseFloat(description.sdp)

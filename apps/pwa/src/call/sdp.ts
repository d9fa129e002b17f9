/** What is done to session descriptions and codecs on their way: smaller offers, thrifty Opus. */

const VIDEO = ['video/vp8', 'video/h264', 'video/rtx']
const AUDIO = ['audio/opus']

/** H.264 comes in a dozen profiles; constrained baseline in packetization mode 1 is the one that everybody has. */
const isWanted = ({ mimeType, sdpFmtpLine = '' }: RTCRtpCodec): boolean =>
  mimeType.toLowerCase() !== 'video/h264' ||
  (/profile-level-id=42e0/i.test(sdpFmtpLine) && sdpFmtpLine.includes('packetization-mode=1'))

type Kind = 'audio' | 'video'

/** Asked once of a browser: each time stops the page until another thread has answered. */
const wanted = new Map<Kind, RTCRtpCodec[] | undefined>()

function codecsOf(kind: Kind): RTCRtpCodec[] | undefined {
  const order = kind === 'audio' ? AUDIO : VIDEO
  const rank = ({ mimeType }: RTCRtpCodec) => order.indexOf(mimeType.toLowerCase())
  const codecs = RTCRtpReceiver.getCapabilities?.(kind)
    ?.codecs.filter((codec) => rank(codec) >= 0 && isWanted(codec))
    .toSorted((a, b) => rank(a) - rank(b))
  return codecs?.some((codec) => rank(codec) === 0) ? codecs : undefined
}

/** Halves an offer: Opus, VP8 and H.264 are what is used, and each codec that is named costs 200 bytes a section. */
export function preferCodecs(transceiver: RTCRtpTransceiver, kind: Kind): void {
  if (!wanted.has(kind)) wanted.set(kind, codecsOf(kind))
  const codecs = wanted.get(kind)
  if (!codecs) return
  try {
    transceiver.setCodecPreferences(codecs)
  } catch {
    // A browser that wants its own list gets it: the offer is only longer.
  }
}

/** Without TCP candidates: between two browsers they are useless, and a TURN relay's are UDP on this line. */
export const withoutTcp = (sdp: string): string => sdp.replaceAll(/a=candidate:\S+ \d+ tcp .*\r?\n/gi, '')

/**
 * With candidates of the TURN server only, and nothing beside them that tells where this browser is: the related
 * address (RFC 8839 §5.1) and the default one, which nobody who does ICE reads. The browser keeps to its
 * `iceTransportPolicy` by itself; this holds where one has a hole in it.
 */
export const onlyRelayed = (sdp: string): string =>
  sdp
    .replaceAll(/a=candidate:.*\r?\n/g, (line) => relayedCandidate(line) ?? '')
    .replaceAll(/^(c=|a=rtcp:\d+ )IN IP[46] \S+/gm, '$1IN IP4 0.0.0.0')

/** One candidate as `onlyRelayed` lets it pass; `undefined` when it doesn't. */
export const relayedCandidate = (candidate: string): string | undefined =>
  / typ relay(?: |\s*$)/.test(candidate)
    ? candidate.replace(/ raddr \S+ rport \d+/, ' raddr 0.0.0.0 rport 9')
    : undefined

/** Asks this side's encoder for silence suppression and forward error correction (RFC 7587 §7.1): `fmtp` says what the receiver likes. */
export function withThriftyOpus(sdp: string): string {
  const payload = /a=rtpmap:(\d+) opus\/48000/i.exec(sdp)?.[1]
  if (payload === undefined) return sdp
  return sdp.replace(new RegExp(`a=fmtp:${payload} (.*)`), (line: string, old: string) => {
    const missing = ['useinbandfec=1', 'usedtx=1'].filter((option) => !old.includes(option))
    return [line, ...missing].join(';')
  })
}

/** What Chromium's estimate of an unknown path begins with. */
const DEFAULT_START_KBPS = 300

/**
 * Lets this side's encoder begin above Chromium's careful 300 kbit/s: a first picture in 720p takes 150 ms longer to
 * send at that. Others ignore the parameter.
 */
export function withStartBitrate(sdp: string, kbps: number): string {
  const payload = /a=rtpmap:(\d+) VP8\/90000/i.exec(sdp)?.[1]
  if (payload === undefined || kbps <= DEFAULT_START_KBPS || sdp.includes(`a=fmtp:${payload} `)) return sdp
  const line = `a=fmtp:${payload} x-google-start-bitrate=${Math.round(kbps)}`
  return sdp.replaceAll(new RegExp(`a=rtpmap:${payload} .*`, 'g'), (rtpmap) => `${rtpmap}\r\n${line}`)
}

/** The ICE user name fragments of a description: whatever candidate carries another one is of another round. */
export const ufragsOf = (sdp: string): Set<string> =>
  new Set(Array.from(sdp.matchAll(/a=ice-ufrag:(\S+)/g), (match) => match[1]!))

/** A description says in its second line who wrote it (RFC 8866 §5.2). */
export const isFirefox = (sdp: string): boolean => sdp.includes('\no=mozilla')

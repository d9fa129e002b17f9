import { describe, expect, it } from 'vitest'
import {
  onlyRelayed,
  relayedCandidate,
  ufragsOf,
  withoutTcp,
  withStartBitrate,
  withThriftyOpus,
} from './sdp.ts'

const lines = (...all: string[]) => `${all.join('\r\n')}\r\n`

describe('session descriptions', () => {
  it('ask for Opus with silence suppression once, whatever was there', () => {
    const before = lines(
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 minptime=10;useinbandfec=1',
      'a=fmtp:96 x=1',
    )
    const after = lines(
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1',
      'a=fmtp:96 x=1',
    )
    expect(withThriftyOpus(before)).toBe(after)
    expect(withThriftyOpus(after)).toBe(after)
    expect(withThriftyOpus(lines('m=video 9 UDP 96'))).toBe(lines('m=video 9 UDP 96'))
  })

  it('P53 tell nothing of where somebody is who goes over the relay only', () => {
    const relay = 'a=candidate:3 1 udp 41885439 203.0.113.9 50000 typ relay'
    const before = lines(
      'o=- 1 2 IN IP4 127.0.0.1',
      'm=audio 49203 UDP/TLS/RTP/SAVPF 111',
      'c=IN IP4 198.51.100.7',
      'a=rtcp:9 IN IP6 2001:db8::7',
      'a=candidate:1 1 udp 2122260223 192.168.1.4 49203 typ host generation 0',
      'a=candidate:2 1 udp 1686052607 198.51.100.7 49203 typ srflx raddr 192.168.1.4 rport 49203',
      'a=candidate:4 1 udp 1686052607 198.51.100.7 49203 typ prflx raddr 192.168.1.4 rport 49203',
      `${relay} raddr 198.51.100.7 rport 49203 generation 0`,
      'a=end-of-candidates',
    )
    expect(onlyRelayed(before)).toBe(
      lines(
        'o=- 1 2 IN IP4 127.0.0.1',
        'm=audio 49203 UDP/TLS/RTP/SAVPF 111',
        'c=IN IP4 0.0.0.0',
        'a=rtcp:9 IN IP4 0.0.0.0',
        `${relay} raddr 0.0.0.0 rport 9 generation 0`,
        'a=end-of-candidates',
      ),
    )
    expect(relayedCandidate('candidate:1 1 udp 1 192.168.1.4 9 typ host')).toBeUndefined()
    expect(relayedCandidate(relay)).toBe(relay)
  })

  it('begin with a bitrate for VP8 where it is more than the default, and stay as they are otherwise', () => {
    const before = lines('a=rtpmap:96 VP8/90000', 'a=rtcp-fb:96 nack', 'a=rtpmap:97 H264/90000')
    expect(withStartBitrate(before, 1_000)).toBe(
      lines(
        'a=rtpmap:96 VP8/90000',
        'a=fmtp:96 x-google-start-bitrate=1000',
        'a=rtcp-fb:96 nack',
        'a=rtpmap:97 H264/90000',
      ),
    )
    expect(withStartBitrate(before, 250)).toBe(before)
    expect(withStartBitrate(lines('a=rtpmap:111 opus/48000/2'), 1_000)).toBe(
      lines('a=rtpmap:111 opus/48000/2'),
    )
  })

  it('lose their TCP candidates and nothing else', () => {
    const udp = 'a=candidate:1 1 udp 2122 10.0.0.1 5000 typ host'
    const relay = 'a=candidate:3 1 UDP 41 1.2.3.4 6000 typ relay raddr 0.0.0.0 rport 0'
    const tcp = 'a=candidate:2 1 tcp 1518 10.0.0.1 9 typ host tcptype active'
    expect(withoutTcp(lines(udp, tcp, relay, 'a=mid:0'))).toBe(lines(udp, relay, 'a=mid:0'))
  })

  it('name their generation', () => {
    expect([
      ...ufragsOf(lines('a=ice-ufrag:Ab+/', 'm=audio', 'a=ice-ufrag:cd', 'm=video', 'a=ice-ufrag:cd')),
    ]).toEqual(['Ab+/', 'cd'])
  })
})

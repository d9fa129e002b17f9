/** Sockets that behave like no browser's: each is refused or cut, holds nothing for long, and others don't notice. */
import { makeSecret } from '@maru/api-types'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  closeCodeOf,
  openBytes,
  openRaw,
  openUpgraded,
  startTarget,
  type Target,
  untilMetric,
  upgradeOf,
  whileOthersTalk,
} from './abuse-kit.ts'
import { openPage, until } from './test-kit.ts'

let target: Target
beforeAll(async () => {
  // Half-open sockets are noticed by the lease, which is short here.
  target = await startTarget({ LEASE_MS: '1500' })
})
afterAll(() => target[Symbol.asyncDispose]())

/** RFC 6455 §5.2: a frame of fewer than 126 bytes, masked with zeros. */
const frame = (payload: string | Buffer, { opcode = 1, fin = true } = {}): Buffer => {
  const body = Buffer.from(payload)
  const head = Buffer.from([(fin ? 0x80 : 0) | opcode, 0x80 | body.length, 0, 0, 0, 0])
  return Buffer.concat([head, body])
}
/** Frames that break RFC 6455, and the close code that each is answered with. */
const BROKEN: [name: string, bytes: Buffer, code: number][] = [
  [
    'a length of a gigabyte that never comes',
    Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]),
    1009,
  ],
  [
    'a length beyond what numbers hold',
    Buffer.from([0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
    1009,
  ],
  ['a frame without its mask', Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
  ['an opcode that there is none of', frame('x', { opcode: 3 }), 1002],
  [
    'a reserved bit, as of compression that was not agreed on',
    Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x78]),
    1002,
  ],
  ['a ping in pieces', frame('x', { opcode: 9, fin: false }), 1002],
  ['text that is no UTF-8', frame(Buffer.from([0xc3, 0x28])), 1007],
  ['a piece of nothing that began', frame('x', { opcode: 0 }), 1002],
]

// Most of their time is spent waiting for the server to lose patience: they wait at the same time.
describe.concurrent('a socket', () => {
  test('an upgrade that dribbles in, and one that never ends: 408 or cut within 15 s, by the hundred', async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => openBytes(target.port)))
    const head = upgradeOf(target.port)
    let at = 0
    const dribble = setInterval(() => {
      at++
      for (const [i, { stream, closed }] of slow.entries())
        if (!closed()) stream.write(i % 2 === 0 ? head.slice(at - 1, at) : `X-${at}: y\r\n`)
    }, 500)
    for (const [i, { stream }] of slow.entries()) if (i % 2 === 1) stream.write('GET /ws HTTP/1.1\r\n')
    await until(() => slow.every(({ closed }) => closed()), 'the last of them', 15_000)
    clearInterval(dribble)
    for (const one of slow) expect(String(one.received())).toMatch(/^(HTTP\/1\.1 408 |$)/)
  })

  test('nothing said after the upgrade, or never the end of a first frame: 1008 within 6 s', async () => {
    const [silent, pinging, endless] = await Promise.all([1, 2, 3].map(() => openUpgraded(target.port)))
    const dribble = setInterval(() => {
      pinging!.stream.write(frame('', { opcode: 9 }))
      endless!.stream.write('x')
    }, 200)
    // A frame of 200 bytes of which one comes now and then.
    endless!.stream.write(Buffer.from([0x81, 0xfe, 0, 200, 0, 0, 0, 0]))
    const all = [silent!, pinging!, endless!]
    await until(() => all.every(({ closed }) => closed()), 'all closed', 8_000)
    clearInterval(dribble)
    for (const one of all) expect(closeCodeOf(one)).toBe(1008)
  })

  test('half-open: who is inside and answers nothing any more is cut after its lease, and counted as a ghost', async () => {
    using ann = openPage(target.port)
    const roomId = await ann.createRoom()
    const witness = await ann.enter(roomId)
    const ghosts = await target.metric('maru_ghosts_total')
    const eves = await Promise.all(
      [1, 2, 3].map(() => openRaw(target.port, { address: '203.0.113.9', autoPong: false })),
    )
    for (const eve of eves)
      eve.call('subscription', 'room.join', {
        roomId,
        userSecret: makeSecret(),
        joinSecret: makeSecret(),
        name: 'Eve',
        color: 1,
        protocol: 1,
        state: { mic: true, camera: true },
      })
    await until(() => witness.of('joined').length === 3, 'inside')
    for (const { socket } of eves) socket.pause()
    await until(() => witness.of('left').length === 3, 'out again', 6_000)
    expect(witness.of('left').map(({ reason }) => reason)).toEqual(['expired', 'expired', 'expired'])
    await untilMetric(target, 'maru_ghosts_total', (count) => count >= ghosts + 3)
    for (const { socket } of eves) socket.resume()
    await until(() => eves.every(({ codes }) => codes.length), 'cut')
  })
})

test('frames that break the protocol: each closed with its code, and nothing is set aside for what they announce', async () => {
  await whileOthersTalk(target, async () => {
    for (const [name, bytes, code] of BROKEN) {
      const all = await Promise.all(Array.from({ length: 8 }, () => openUpgraded(target.port)))
      for (const { stream } of all) stream.write(bytes)
      await until(() => all.every(({ closed }) => closed()), `the close after ${name}`)
      for (const one of all) expect(closeCodeOf(one), name).toBe(code)
      // Or a few bytes would unfold into megabytes.
      expect(all[0]!.response).not.toMatch(/sec-websocket-extensions/i)
    }
  })
})

test('oversized frames, one after the other: 1009 each, and no more is read', async () => {
  await whileOthersTalk(target, async () => {
    for (let i = 0; i < 10; i++) {
      using eve = await openRaw(target.port)
      eve.socket.send('x'.repeat(262_145))
      await until(() => eve.codes.length, 'the close')
      expect(eve.codes).toEqual([1009])
    }
  })
})

test('tiny pieces: a message in single bytes is a message; pieces without end and a hail of tiny frames are 1008', async () => {
  await whileOthersTalk(target, async () => {
    using patient = await openUpgraded(target.port)
    for (const byte of frame('PING')) {
      patient.stream.write(Buffer.from([byte]))
      await pause(5)
    }
    await until(() => String(patient.received()).endsWith('PONG'), 'an answer')

    using pieces = await openUpgraded(target.port)
    pieces.stream.write(frame('', { fin: false }))
    for (let i = 0; i < 1_000; i++) pieces.stream.write(frame('', { opcode: 0, fin: false }))
    using hail = await openUpgraded(target.port)
    for (let i = 0; i < 3_000; i++) hail.stream.write(frame('1'))
    await until(() => pieces.closed() && hail.closed(), 'both closed')
    expect([closeCodeOf(pieces), closeCodeOf(hail)]).toEqual([1008, 1008])
  })
})

test('a hail of upgrades from foreign pages: 403 each; the same address still gets in with ours', async () => {
  await whileOthersTalk(target, async () => {
    const address = '203.0.113.10'
    for (let round = 0; round < 4; round++) {
      const all = await Promise.all(
        Array.from({ length: 50 }, () => openRaw(target.port, { address, origin: 'https://evil.example' })),
      )
      expect(new Set(all.map(({ refused }) => refused?.status))).toEqual(new Set([403]))
    }
    using own = await openRaw(target.port, { address })
    expect(own.refused).toBeUndefined()
    own.call('query', 'server.info')
    await own.answered(1)
  })
})

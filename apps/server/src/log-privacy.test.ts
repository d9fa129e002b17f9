/** What a server writes while people talk, stumble and attack, at its most talkative: nothing of theirs, and who did what. */
import { createHash } from 'node:crypto'
import { makeRoomId } from '@maru/api-types'
import { expect, test } from 'vitest'
import { floodUntilClosed, openRaw } from './abuse-kit.ts'
import { startRedis } from './backend/start-redis.ts'
import { chat, openPage, peerOf, refusalOf, until } from './test-kit.ts'
import { startProcess } from './test-process.ts'

const TURN_SECRET = 'q8Zk2vN7xT4mB9sL1wD6hG3y'
const CREATE_KEY = 'nine-pine-trees'
const PRIVATE = {
  name: 'Annabel Quiet-Lake',
  other: 'Boris Still-River',
  room: 'Thursday conspiracy',
  said: 'the plum blossoms at midnight',
  guess: 'a-wrong-key-of-mine',
  ufrag: 'uFrAgMeNt9',
  fingerprint: '4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF',
  addresses: ['203.0.113.201', '2001:db8:aa:bb::99', '10.77.88.99'],
}
const sdp = `v=0\r\na=ice-ufrag:${PRIVATE.ufrag}\r\na=fingerprint:sha-256 ${PRIVATE.fingerprint}\r\n`
const candidate = `candidate:1 1 udp 2122260223 ${PRIVATE.addresses[2]} 51234 typ host`

test('at LOG_LEVEL=trace no word, name, secret, id, key, candidate or address of anybody is written', async () => {
  const redis = await startRedis()
  const server = await startProcess({
    PORT: '0',
    INTERNAL_PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'trace',
    REDIS_URL: redis.url,
    LEASE_MS: '5000',
    TRUSTED_PROXIES: 'loopback',
    TURN_SECRET,
    TURN_URLS: 'turn:turn.example.org',
    CREATE_KEY,
  })
  const { port, lines } = server
  using ann = openPage(port, { forwardedFor: PRIVATE.addresses[0]! })
  using bo = openPage(port, { forwardedFor: PRIVATE.addresses[1]! })
  const { userSecret } = ann.secrets
  const room = { name: PRIVATE.room, listed: true, capacity: 3, userSecret }
  expect(await refusalOf(ann.api.rooms.create.mutate({ ...room, key: PRIVATE.guess }))).toBe('create-key')
  const { roomId } = await ann.api.rooms.create.mutate({ ...room, key: CREATE_KEY })
  const first = await ann.enter(roomId, { name: PRIVATE.name })
  const door = bo.preview(roomId)
  await until(() => door.heard.length, 'the door')
  const second = await bo.enter(roomId, { name: PRIVATE.other })
  const signal = {
    gen: 1,
    description: { type: 'offer' as const, sdp },
    candidates: [{ candidate, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: PRIVATE.ufrag }],
  }
  const to = peerOf(bo, roomId)
  const messages = [{ seq: 1, body: { type: 'signal' as const, to, signal } }, chat(2, PRIVATE.said)]
  await ann.api.room.send.mutate({ roomId, messages })
  await until(() => second.of('chat').length, 'chat')
  const [relay] = await ann.api.room.iceServers.query({ roomId })
  const missing = makeRoomId()
  expect(await refusalOf(bo.api.check.iceServers.query({ room: { roomId: missing, userSecret } }))).toBe(
    'not-found',
  )
  // A resume, calls that are none, a flood, a store that goes and comes back, a frame that is no frame.
  bo.sockets[0]!.terminate()
  await until(() => second.of('resumed').length, 'resumed')
  using eve = await openRaw(port, { address: PRIVATE.addresses[0]! })
  eve.call('mutation', PRIVATE.said, { roomId, userSecret })
  eve.call('mutation', 'rooms.create', { name: PRIVATE.said, [PRIVATE.said]: sdp })
  await eve.answered(2)
  eve.socket.send(`${PRIVATE.said} {{{`)
  eve.socket.send(Buffer.from(sdp))
  await floodUntilClosed(eve, () => eve.call('mutation', 'rooms.create', { name: PRIVATE.name }))
  await redis.restart()
  await until(
    () => first.of('snapshot').length > 1 || first.of('resumed').length > 0,
    'the room again',
    15_000,
  )
  bo.sockets.at(-1)!.close(1001)
  await until(() => lines.some(({ msg }) => msg === 'went away'), 'went away')
  ann[Symbol.dispose]()
  bo[Symbol.dispose]()
  server.child.kill('SIGTERM')
  expect((await server.exited)[0]).toBe(0)
  await redis.stop()

  const text = server.log() + server.errors()
  const { you } = first.of('snapshot')[0]!
  const everything = [
    ...Object.values(PRIVATE).flat(),
    ...PRIVATE.said.split(' ').filter((word) => word.length > 5),
    'Annabel',
    'conspiracy',
    'Boris',
    roomId,
    missing,
    TURN_SECRET,
    CREATE_KEY,
    relay!.credential!,
    relay!.username!,
    ...Object.values(ann.secrets),
    ...Object.values(bo.secrets),
    you.peerId,
    you.userId,
    to,
    'v=0',
    'a=ice',
    'candidate:',
    '127.0.0.1',
    'redis://',
    createHash('sha256').update(userSecret).digest('base64url'),
  ]
  for (const secret of everything) expect(text, secret).not.toContain(secret)
  expect(text).not.toMatch(/\b\d{1,3}(\.\d{1,3}){3}\b/)
  expect(server.errors()).toBe('')

  // It was talkative, and each line of a connection says which.
  const named = (msg: string) => lines.filter((line) => line['msg'] === msg)
  for (const transition of [
    'connection opened',
    'connection closed',
    'connection cut',
    'room created',
    'joined',
    'resumed',
  ])
    expect(named(transition).length, transition).toBeGreaterThan(0)
  for (const detail of ['called', 'refused']) expect(named(detail).length, detail).toBeGreaterThan(0)
  const about = [
    'connection',
    'room created',
    'joined',
    'resumed',
    'left',
    'went away',
    'expired',
    'called',
    'refused',
  ]
  for (const line of lines)
    if (about.some((start) => String(line['msg']).startsWith(start)))
      expect(line['session'], String(line['msg'])).toMatch(/^[\da-f]{8}$/)
  const sessions = new Set(named('connection opened').map(({ session }) => session))
  expect(sessions.size).toBe(named('connection opened').length)
  const of = (session: unknown) => lines.filter((line) => line['session'] === session).map(({ msg }) => msg)
  const [joined] = named('joined')
  expect(of(joined!['session'])[0]).toBe('connection opened')
}, 60_000)

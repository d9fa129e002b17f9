/** What the server gives and to whom, asked of the real coturn. */
import type { IceServer } from '@maru/api-types'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPage, type TestPage, until } from '../../apps/server/src/test-kit.ts'
import { startTestServer, type TestServer } from '../../apps/server/src/test-kit.ts'
import { type Coturn, makeSecret, startCoturn } from './coturn.ts'

const fresh = makeSecret()
const old = makeSecret()
let coturn: Coturn
let server: TestServer
beforeAll(async () => {
  // In the middle of a rotation: the server has the new secret, coturn takes both.
  coturn = await startCoturn({ secret: fresh, previous: old })
  server = await startTestServer({ turn: { secret: fresh, urls: [`turn:${coturn.address}:3478`] } })
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await coturn?.[Symbol.asyncDispose]()
})

/** What coturn says to whoever comes with these. */
async function relayFor(servers: IceServer[]): Promise<string> {
  const { username = '', credential = '' } = servers[0] ?? {}
  const client = await coturn.connect({ credentials: { username, credential } })
  const answer = await client.allocate().then(
    () => 'ok',
    (error: Error) => error.message.trim(),
  )
  client.close()
  return answer
}

/** The credentials that somebody gets at the door, once it says `entry`. */
async function atTheDoor(page: TestPage, roomId: string, entry: string): Promise<IceServer[]> {
  const look = page.preview(roomId)
  const preview = await until(() => look.heard.find((one) => one.entry === entry), entry)
  return preview.iceServers
}

test('whoever may enter is given some at the door, and inside, and coturn takes them', async () => {
  using ann = openPage(server.port)
  const roomId = await ann.createRoom()
  expect(await relayFor(await atTheDoor(ann, roomId, 'open'))).toBe('ok')
  const { iceServers } = (await ann.enter(roomId)).of('snapshot')[0]!
  expect(await relayFor(iceServers)).toBe('ok')
  expect(await relayFor(await ann.api.room.iceServers.query({ roomId }))).toBe('ok')
})

test('while secrets rotate, what a server with the old one gave is good, too', async () => {
  await using behind = await startTestServer({
    turn: { secret: old, urls: [`turn:${coturn.address}:3478`] },
  })
  using ann = openPage(behind.port)
  const roomId = await ann.createRoom()
  expect(await relayFor(await atTheDoor(ann, roomId, 'open'))).toBe('ok')
})

test('they end when they say so', async () => {
  await using brief = await startTestServer({
    turn: { secret: fresh, urls: [`turn:${coturn.address}:3478`], lifetime: 2 },
  })
  using ann = openPage(brief.port)
  const roomId = await ann.createRoom()
  const { iceServers } = (await ann.enter(roomId)).of('snapshot')[0]!
  expect(await relayFor(iceServers)).toBe('ok')
  await expect.poll(() => relayFor(iceServers), { timeout: 10_000 }).toBe('401')
  expect(await relayFor(await ann.api.room.iceServers.query({ roomId }))).toBe('ok')
})

test('who may not enter gets none: a full room, a locked one, somebody who was removed, who is not inside', async () => {
  using ann = openPage(server.port)
  using bo = openPage(server.port)
  using eve = openPage(server.port)
  const roomId = await ann.createRoom({ capacity: 2 })
  const inside = await ann.enter(roomId)
  await bo.enter(roomId)
  expect(await atTheDoor(eve, roomId, 'full')).toEqual([])
  await bo.api.room.leave.mutate({ roomId })
  await ann.api.room.send.mutate({ roomId, messages: [{ seq: 1, body: { type: 'lock', locked: true } }] })
  expect(await atTheDoor(eve, roomId, 'locked')).toEqual([])
  await ann.api.room.send.mutate({ roomId, messages: [{ seq: 2, body: { type: 'lock', locked: false } }] })
  expect(await relayFor(await atTheDoor(eve, roomId, 'open'))).toBe('ok')

  const { you } = (await eve.enter(roomId)).of('snapshot')[0]!
  await until(() => inside.of('joined').find(({ peer }) => peer.userId === you.userId), 'Eve')
  await ann.api.room.send.mutate({
    roomId,
    messages: [{ seq: 3, body: { type: 'remove', to: you.peerId } }],
  })
  const look = eve.preview(roomId)
  expect(await until(() => look.end, 'the end')).toBe('removed')
  expect(look.heard.flatMap(({ iceServers }) => iceServers)).toEqual([])
  await expect(eve.api.room.iceServers.query({ roomId })).rejects.toThrow('not-a-member')
})

/** Who gets credentials for the connection check, and which (P52, P53). */
import type { IceServer } from '@maru/api-types'
import { describe, expect, test } from 'vitest'
import { userIdOf } from './rooms/identity.ts'
import { openPage, refusalOf, startTestServer, until } from './test-kit.ts'

const turn = {
  secret: 'q8Zk2vN7xT4mB9sL1wD6hG3y',
  urls: ['stun:t.example.org', 'turn:t.example.org', 'turns:t.example.org'],
}

const nameOf = (servers: IceServer[]): string =>
  servers.find(({ username }) => username)?.username ?? 'no credentials'
const secondsLeft = (servers: IceServer[]): number =>
  Number(nameOf(servers).split(':')[0]) - Date.now() / 1000

describe('P52 credentials for a check', () => {
  test('outside of rooms: for two minutes, all under one name', async () => {
    await using server = await startTestServer({ turn })
    using ann = openPage(server.port)
    const servers = await ann.api.check.iceServers.query({})
    expect(nameOf(servers)).toMatch(/^\d+:check$/)
    expect(secondsLeft(servers)).toBeGreaterThan(100)
    expect(secondsLeft(servers)).toBeLessThanOrEqual(120)
    expect(servers[0]).toEqual({ urls: ['stun:t.example.org'] })
  })

  test('outside of rooms where making one takes a key: with the key only', async () => {
    await using server = await startTestServer({ turn, createKey: 'nine pine trees' })
    using ann = openPage(server.port)
    const check = (key?: string) => ann.api.check.iceServers.query(key === undefined ? {} : { key })
    expect(await refusalOf(check())).toBe('create-key')
    expect(await refusalOf(check('ten pine trees'))).toBe('create-key')
    expect(nameOf(await check('nine pine trees'))).toMatch(/:check$/)
  })

  test('of a room: to whom it lets in, for two minutes, under their own name there', async () => {
    await using server = await startTestServer({ turn, createKey: 'nine pine trees' })
    using ann = openPage(server.port)
    const { userSecret } = ann.secrets
    const { roomId } = await ann.api.rooms.create.mutate({
      name: 'R',
      listed: false,
      capacity: 2,
      userSecret,
      key: 'nine pine trees',
    })
    using bora = openPage(server.port)
    const check = (page: typeof ann) =>
      page.api.check.iceServers.query({ room: { roomId, userSecret: page.secrets.userSecret } })
    const servers = await check(bora)
    expect(nameOf(servers)).toMatch(new RegExp(`:${userIdOf(roomId, bora.secrets.userSecret)}$`))
    expect(secondsLeft(servers)).toBeLessThanOrEqual(120)
    expect(
      await refusalOf(ann.api.check.iceServers.query({ room: { roomId: 'A'.repeat(22), userSecret } })),
    ).toBe('not-found')
  })

  test('of a room: to nobody whom it keeps out, and to whoever is inside', async () => {
    await using server = await startTestServer({ turn })
    using ann = openPage(server.port)
    using bora = openPage(server.port)
    using chen = openPage(server.port)
    const roomId = await ann.createRoom({ capacity: 2 })
    const check = (page: typeof ann) =>
      page.api.check.iceServers
        .query({ room: { roomId, userSecret: page.secrets.userSecret } })
        .then(nameOf, (error: { data: { reason: string } }) => error.data.reason)
    const host = await ann.enter(roomId)
    await bora.enter(roomId)
    expect(await check(chen)).toBe('room-full')
    expect(await check(bora)).toMatch(/^\d+:/)
    const say = (seq: number, body: Parameters<typeof ann.api.room.send.mutate>[0]['messages'][0]['body']) =>
      ann.api.room.send.mutate({ roomId, messages: [{ seq, body }] })
    const boraId = host.of('joined')[0]?.peer.peerId ?? ''
    await say(1, { type: 'remove', to: boraId })
    await until(() => host.of('left').length > 0, 'bora removed')
    expect(await check(bora)).toBe('removed')
    await say(2, { type: 'lock', locked: true })
    expect(await check(chen)).toBe('room-locked')
    expect(await check(ann)).toMatch(/^\d+:/)
  })

  test('twenty a minute for an address', async () => {
    await using server = await startTestServer({ turn })
    using ann = openPage(server.port)
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => refusalOf(ann.api.check.iceServers.query({}))),
    )
    expect(answers.filter((answer) => answer === 'no refusal')).toHaveLength(20)
    expect(answers.filter((answer) => answer === 'rate-limited')).toHaveLength(5)
  })
})

test('P53 a server that lets calls go over its relay only says so with the servers', async () => {
  await using server = await startTestServer({ turn, icePolicy: 'relay' })
  using ann = openPage(server.port)
  const roomId = await ann.createRoom()
  const preview = ann.preview(roomId)
  await until(() => preview.heard.length > 0, 'the preview')
  expect(preview.heard[0]?.icePolicy).toBe('relay')
  expect((await ann.enter(roomId)).of('snapshot')[0]?.icePolicy).toBe('relay')
  expect(await ann.api.server.info.query()).toEqual({ relay: true, icePolicy: 'relay', createKey: false })

  await using open = await startTestServer()
  using bora = openPage(open.port)
  const elsewhere = await bora.enter(await bora.createRoom())
  expect(elsewhere.of('snapshot')[0]).not.toHaveProperty('icePolicy')
  expect(await bora.api.server.info.query()).toEqual({ relay: false, icePolicy: 'all', createKey: false })
})

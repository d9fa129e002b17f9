/** Entering, speaking, leaving and coming back, through real sockets. */
import { expect, test } from 'vitest'
import { openPage, startTestServer, until } from './test-kit.ts'

test('P6 P16 the first event is a snapshot with everyone inside; the others hear joined', async () => {
  await using server = await startTestServer()
  using ann = openPage(server.port)
  using bo = openPage(server.port)
  const roomId = await ann.createRoom()
  const first = await ann.enter(roomId, { name: 'Ann' })
  const second = await bo.enter(roomId, { name: 'Bo' })

  const [snapshot] = second.of('snapshot')
  expect(snapshot?.peers.map(({ name }) => name)).toEqual(['Ann', 'Bo'])
  expect(snapshot?.you.peerId).toBe(snapshot?.peers[1]?.peerId)
  const joined = await until(() => first.of('joined')[0], 'joined')
  expect(joined.peer).toEqual(snapshot?.peers[1])
  expect(second.of('joined')).toEqual([])
})

/** The port for those who run the server: what it counts, and that the public one keeps it to itself. */
import { expect, test } from 'vitest'
import { openPage, startTestServer, until } from './test-kit.ts'

const turn = { secret: 'q8Zk2vN7xT4mB9sL1wD6hG3y', urls: ['turn:turn.example.org'] }

test('readiness and metrics are on the internal port, and on that one only', async () => {
  await using server = await startTestServer({ internalPort: 0, turn })
  const inside = (path: string) => fetch(`http://127.0.0.1:${server.internalPort}${path}`)
  const outside = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`)

  expect(await (await inside('/readyz')).json()).toEqual({ ready: true, instance: server.instance })
  expect(await (await inside('/healthz')).text()).toBe('ok\n')
  expect((await inside('/')).status).toBe(404)
  expect((await outside('/readyz')).status).toBe(404)
  expect((await outside('/metrics')).status).toBe(404)
  expect((await outside('/healthz')).status).toBe(200)

  const metrics = await inside('/metrics')
  expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=/)
  const text = await metrics.text()
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
    expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'))
})

test('metrics count what happens, and tell of nobody', async () => {
  await using server = await startTestServer({ internalPort: 0, turn })
  const read = async () => (await fetch(`http://127.0.0.1:${server.internalPort}/metrics`)).text()
  const value = (text: string, name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length),
    )
  const before = await read()
  for (const name of ['maru_rooms', 'maru_members', 'maru_sockets', 'maru_messages_total'])
    expect(value(before, name), name).toBe(0)

  using ann = openPage(server.port)
  const roomId = await ann.createRoom({ name: 'Quiet room' })
  const attendance = await ann.enter(roomId, { name: 'Annabel' })
  await ann.api.room.send.mutate({ roomId, messages: [{ seq: 1, body: { type: 'chat', text: 'hi' } }] })
  await until(() => attendance.of('chat').length, 'chat')
  const during = await read()
  expect(value(during, 'maru_rooms')).toBe(1)
  expect(value(during, 'maru_members')).toBe(1)
  expect(value(during, 'maru_sockets')).toBe(1)
  expect(value(during, 'maru_joins_total{as="joined"}')).toBe(1)
  expect(value(during, 'maru_joins_total{as="resumed"}')).toBe(0)
  expect(value(during, 'maru_messages_total')).toBe(1)
  expect(value(during, 'maru_turn_credentials_total')).toBeGreaterThan(0)
  for (const word of ['Quiet', 'Annabel', roomId, turn.secret]) expect(during).not.toContain(word)
})

/** Signals to real server processes: SIGSTOP and back, SIGTERM with a frozen store, SIGKILL with rooms in memory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freePort, startRedis } from './backend/start-redis.ts'
import { chat, openPage, peerOf, textsOf, until } from './test-kit.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Process extends AsyncDisposable {
  child: ChildProcess
  port: number
  exited: Promise<unknown[]>
  log(): string
}

async function start(env: Record<string, string>): Promise<Process> {
  const port = Number(env['PORT'] ?? (await freePort()))
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', LEASE_MS: '2000', ...env, PORT: String(port) },
  })
  const exited = once(child, 'exit')
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (log += String(data)))
  await until(() => log.includes('"listening"'), 'listening', 20_000)
  return {
    child,
    port,
    exited,
    log: () => log,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await exited
    },
  }
}

test('P8 P23 a replica that was stopped and goes on changes nothing, also where the store was emptied meanwhile', async () => {
  const redis = await startRedis()
  const env = { REDIS_URL: redis.url }
  await using one = await start(env)
  await using two = await start(env)
  try {
    using ann = openPage(two.port)
    using bo = openPage(one.port)
    using cho = openPage(one.port, { pingMs: 0 })
    const roomId = await ann.createRoom()
    const watching = await ann.enter(roomId)
    const moving = await bo.enter(roomId)
    await cho.enter(roomId)
    one.child.kill('SIGSTOP')
    bo.port = two.port
    for (const page of [bo, cho]) for (const socket of page.sockets) socket.terminate()
    cho.port = 0
    await until(() => moving.of('resumed').length, 'Bo has moved')
    await until(() => watching.of('left').length, 'Cho is gone')
    await bo.api.room.send.mutate({ roomId, messages: [chat(1, 'on the other one')] })
    await bo.api.room.leave.mutate({ roomId })
    await until(() => watching.of('left').length === 2, 'Bo has left')
    await redis.restart()
    await until(() => watching.of('snapshot').length === 2, 'the room is back')
    const heard = watching.heard.length
    one.child.kill('SIGCONT')
    // Over some renewals of both: whoever it still holds for inside would come back now.
    await pause(3_000)
    expect(watching.heard.slice(heard).map(({ event }) => event.type)).toEqual([])
    expect(
      watching
        .of('snapshot')
        .at(-1)!
        .peers.map(({ peerId }) => peerId),
    ).toEqual([peerOf(ann, roomId)])
    const response = await fetch(`http://127.0.0.1:${one.port}/readyz`)
    expect(response.status).toBe(200)
  } finally {
    await redis.stop()
  }
}, 40_000)

test('SIGTERM while Redis stands still ends the process in time, and its people come back on the other one', async () => {
  const redis = await startRedis()
  const env = { REDIS_URL: redis.url }
  await using one = await start(env)
  await using two = await start(env)
  try {
    using ann = openPage(one.port)
    const roomId = await ann.createRoom()
    const attendance = await ann.enter(roomId)
    ann.port = two.port
    await redis.pause()
    const since = performance.now()
    one.child.kill('SIGTERM')
    expect(await one.exited).toEqual([0, null])
    // Docker waits for 20 s in the stack, and for 10 by itself.
    expect(performance.now() - since).toBeLessThan(8_000)
    await redis.resume()
    await until(() => attendance.of('resumed').length, 'resumed')
    expect(attendance.end).toBeUndefined()
  } finally {
    await redis.stop()
  }
}, 40_000)

test('P55 P56 a server with its rooms in memory is killed and starts again: the room is there, and the key in no log', async () => {
  await using first = await start({})
  using ann = openPage(first.port)
  using bo = openPage(first.port)
  const roomId = await ann.createRoom({ name: 'Kept' })
  const inside = [await ann.enter(roomId), await bo.enter(roomId)]
  await ann.api.room.send.mutate({ roomId, messages: [chat(1, 'before')] })
  first.child.kill('SIGKILL')
  await first.exited
  await using second = await start({ PORT: String(first.port) })
  for (const attendance of inside)
    await until(() => attendance.of('snapshot').at(-1)!.reset === 'data-lost', 'back')
  const { room, you } = inside[0]!.of('snapshot').at(-1)!
  expect(room).toMatchObject({ name: 'Kept', hostId: you.userId })
  expect(await ann.api.room.send.mutate({ roomId, messages: [chat(2, 'after')] })).toEqual({
    applied: 2,
    refused: [],
  })
  await until(() => textsOf(inside[1]!).includes('after'), 'the message')
  const records = [ann.record!, bo.record!].flatMap((record) => record.split('.'))
  for (const secret of [roomId, ...records]) expect(first.log() + second.log()).not.toContain(secret)
}, 40_000)

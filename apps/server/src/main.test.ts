/** The process itself: it starts from the environment, moves its people away on SIGTERM, and ends well. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRedis } from './backend/start-redis.ts'
import { openPage, until } from './test-kit.ts'
import { startProcess } from './test-process.ts'

test('a bad value stops the start with one line and code 1', async () => {
  const { exited, errors, log } = await startProcess({ PORT: 'http' })
  expect((await exited)[0]).toBe(1)
  expect(errors()).toBe(
    'maru: PORT must be a port number from 0 to 65535, and "http" is not; for example PORT=3000\n',
  )
  expect(log()).toBe('')
})

test('a taken port stops the start with one line and code 1', async () => {
  const first = await startProcess({ PORT: '0', HOST: '127.0.0.1' })
  const second = await startProcess({ PORT: String(first.port), HOST: '127.0.0.1' })
  expect((await second.exited)[0]).toBe(1)
  expect(second.errors()).toMatch(new RegExp(`^maru: port ${first.port} is taken; .*\n$`))
  first.child.kill('SIGINT')
  expect((await first.exited)[0]).toBe(0)
})

test('--lan that cannot be stops the start with one line and code 1', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'maru-lan-'))
  await writeFile(join(folder, 'authority.pem'), 'garbage')
  for (const [env, line] of [
    [{ LAN_FOLDER: folder }, /^maru: \S+authority\.pem is damaged: [^\n]*\n$/],
    [{ LAN_FOLDER: join(folder, 'authority.pem') }, /^maru: certificates can't be kept in [^\n]*\n$/],
    [
      { PUBLIC_ORIGIN: 'https://meet.example.org' },
      /^maru: PUBLIC_ORIGIN must not be set with --lan [^\n]*\n$/,
    ],
    [{ HOST: '203.0.113.9' }, /^maru: HOST=203\.0\.113\.9 is no address of this computer [^\n]*\n$/],
  ] satisfies [Record<string, string>, RegExp][]) {
    const { exited, errors, log } = await startProcess({ PORT: '0', LAN: 'on', ...env })
    expect((await exited)[0]).toBe(1)
    expect(errors()).toMatch(line)
    expect(log()).toBe('')
  }
  await rm(folder, { recursive: true })
})

test('a server whose log nobody reads any more goes on, and ends when it is asked to', async () => {
  const { child, port, exited } = await startProcess({ PORT: '0', HOST: '127.0.0.1' })
  child.stdout.destroy()
  {
    using ann = openPage(port)
    await ann.enter(await ann.createRoom({ name: 'Unread' }))
  }
  child.kill('SIGTERM')
  try {
    await until(() => child.exitCode !== null, 'its end', 5_000)
    expect((await exited)[0]).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
})

test('SIGTERM moves everybody to the other replica, and the log tells of it without telling too much', async () => {
  const redis = await startRedis()
  const env = { PORT: '0', HOST: '127.0.0.1', REDIS_URL: redis.url }
  const [one, two] = await Promise.all([startProcess(env), startProcess(env)])
  using ann = openPage(one.port)
  const roomId = await ann.createRoom({ name: 'Quiet room' })
  const attendance = await ann.enter(roomId, { name: 'Annabel Quiet' })
  ann.port = two.port
  one.child.kill('SIGTERM')
  expect((await one.exited)[0]).toBe(0)
  await until(() => attendance.of('resumed').length, 'resumed')
  expect(attendance.end).toBeUndefined()
  await ann.api.room.leave.mutate({ roomId })
  ann[Symbol.dispose]()
  two.child.kill('SIGTERM')
  expect((await two.exited)[0]).toBe(0)

  const messages = [...one.lines, ...two.lines].map(({ msg }) => msg)
  for (const transition of [
    'listening',
    'room created',
    'joined',
    'draining',
    'drained',
    'resumed',
    'left',
  ]) {
    expect(messages).toContain(transition)
  }
  const text = one.log() + two.log()
  const { you } = attendance.of('snapshot')[0]!
  for (const secret of ['Quiet', roomId, you.peerId, you.userId, ...Object.values(ann.secrets)]) {
    expect(text).not.toContain(secret)
  }
  expect(one.errors() + two.errors()).toBe('')
  await redis.stop()
})

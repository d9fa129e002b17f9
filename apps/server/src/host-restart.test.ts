/** P35 over a restart of everything: the host's right is in the room, and nobody gets it by being back first. */
import { expect, test } from 'vitest'
import { startRedis } from './backend/start-redis.ts'
import { type Attendance, openPage, openWorld, peerOf, type TestPage, until } from './test-kit.ts'

/** Mutes somebody; answers why not, if not. */
async function mute(by: TestPage, roomId: string, to: TestPage, seq: number): Promise<string | undefined> {
  const body = { type: 'moderate', to: peerOf(to, roomId), action: 'mute' } as const
  const { refused } = await by.api.room.send.mutate({ roomId, messages: [{ seq, body }] })
  return refused[0]?.reason
}
const hostIn = (attendance: Attendance): string | undefined => attendance.of('snapshot').at(-1)?.room.hostId

test('P35 all replicas and Redis stop and start again: the host is the host, whoever is back first', async () => {
  const redis = await startRedis({ durable: true })
  try {
    using ann = openPage(0)
    using bo = openPage(0)
    let roomId = ''
    let hostId: string | undefined
    {
      await using before = openWorld(redis.url)
      const servers = [await before.start(), await before.start()]
      ann.port = servers[0]!.port
      bo.port = servers[1]!.port
      roomId = await ann.createRoom()
      hostId = hostIn(await ann.enter(roomId))
      expect(hostIn(await bo.enter(roomId))).toBe(hostId)
      expect(await mute(bo, roomId, ann, 1)).toBe('not-allowed')
    }
    await redis.restart()

    await using after = openWorld(redis.url)
    const servers = [await after.start(), await after.start()]
    // Both were reloaded meanwhile: other pages of the same people. The guest is the first one back.
    using guest = openPage(servers[0]!.port, { userSecret: bo.secrets.userSecret })
    using eve = openPage(servers[1]!.port)
    for (const page of [guest, eve]) expect(hostIn(await page.enter(roomId))).toBe(hostId)
    expect(await mute(guest, roomId, eve, 1)).toBe('not-allowed')
    expect(await mute(eve, roomId, guest, 1)).toBe('not-allowed')

    using host = openPage(servers[1]!.port, { userSecret: ann.secrets.userSecret })
    const attendance = await host.enter(roomId)
    expect(attendance.of('snapshot')[0]!.you.userId).toBe(hostId)
    expect(await mute(host, roomId, guest, 1)).toBeUndefined()
    const muted = () => attendance.of('state').some(({ by, state }) => by !== undefined && !state.mic)
    await until(muted, 'the guest is muted')
  } finally {
    await redis.stop()
  }
}, 30_000)

/** TURN credentials as coturn checks them. */
import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createIceServers } from './turn.ts'

const secret = 'q8Zk2vN7xT4mB9sL1wD6hG3y'
const now = () => 1_800_000_000_500

test('credentials last an hour and are signed for one user', () => {
  const make = createIceServers(
    { secret, urls: ['stun:s.example.org', 'turn:t.example.org', 'turns:t.example.org'] },
    now,
  )
  const [stun, turn, ...more] = make('user-one')
  expect(stun).toEqual({ urls: ['stun:s.example.org'] })
  expect(turn).toMatchObject({
    urls: ['turn:t.example.org', 'turns:t.example.org'],
    username: '1800003600:user-one',
  })
  // coturn: base64(HMAC-SHA1(static-auth-secret, username)).
  expect(turn!.credential).toBe(createHmac('sha1', secret).update('1800003600:user-one').digest('base64'))
  expect(make('user-two')[1]!.credential).not.toBe(turn!.credential)
  expect(more).toEqual([])
})

test('how long they last can be set', () => {
  const make = createIceServers({ secret, urls: ['turn:t.example.org'], lifetime: 40 }, now)
  expect(make('user')[0]!.username).toBe('1800000040:user')
})

test('with nothing configured nobody else is asked', () => {
  expect(createIceServers({ secret, urls: [] })('user')).toEqual([])
})

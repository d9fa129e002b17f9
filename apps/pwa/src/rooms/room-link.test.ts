import { makeRoomId } from '@maru/api-types/ids'
import { describe, expect, it } from 'vitest'
import { readRoomLink } from './room-link.ts'

const ORIGIN = 'https://maru.example:8443'
const roomId = makeRoomId()

describe('readRoomLink', () => {
  it.each([
    roomId,
    `  ${roomId}\n`,
    `${ORIGIN}/r/${roomId}`,
    `maru.example:8443/r/${roomId}?lang=ko#x`,
    `/r/${roomId}`,
    `Come in: ${ORIGIN}/r/${roomId} at nine`,
  ])('finds the room in %j', (pasted) => {
    expect(readRoomLink(pasted, ORIGIN)).toEqual({ kind: 'room', roomId })
  })

  it('says when the room is another host’s', () => {
    expect(readRoomLink(`https://elsewhere.example/r/${roomId}`, ORIGIN)).toEqual({
      kind: 'other-site',
      host: 'elsewhere.example',
    })
  })

  it.each(['', 'hello', `${ORIGIN}/r/${roomId.slice(1)}`, `${ORIGIN}/r/${roomId}x`, `${ORIGIN}/settings`])(
    'refuses %j',
    (pasted) => {
      expect(readRoomLink(pasted, ORIGIN)).toEqual({ kind: 'invalid' })
    },
  )
})

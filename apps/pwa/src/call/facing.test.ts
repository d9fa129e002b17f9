/** When "Flip camera" is shown. */
import { expect, it } from 'vitest'
import type { Device, DeviceState, Facing } from './call-state.ts'
import { canFlip, facingOf, opposite } from './facing.ts'

const on = (deviceId: string, facing?: Facing): DeviceState => ({
  kind: 'on',
  deviceId,
  label: '',
  ...(facing && { facing }),
})
const device = (deviceId: string, facing?: Facing): Device => ({
  deviceId,
  label: '',
  ...(facing && { facing }),
})

it('reads the two sides, and nothing else', () => {
  expect(['user', 'environment', 'left', '', undefined].map(facingOf)).toEqual([
    'user',
    'environment',
    undefined,
    undefined,
    undefined,
  ])
  expect(opposite(opposite('user'))).toBe('user')
})

it.each<[string, DeviceState, Device[], boolean]>([
  ['front and back', on('a', 'user'), [device('a', 'user'), device('b', 'environment')], true],
  ['back to front', on('b', 'environment'), [device('a', 'user'), device('b', 'environment')], true],
  ['the others don’t tell', on('a', 'user'), [device('a', 'user'), device('b')], true],
  ['two fronts', on('a', 'user'), [device('a', 'user'), device('b', 'user')], false],
  ['only one', on('a', 'user'), [device('a', 'user')], false],
  ['a desk with two cameras', on('a'), [device('a'), device('b')], false],
  ['off', { kind: 'off' }, [device('a', 'user'), device('b', 'environment')], false],
])('%s', (_, camera, cameras, expected) => {
  expect(canFlip(camera, cameras)).toBe(expected)
})

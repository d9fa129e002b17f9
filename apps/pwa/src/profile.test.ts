import { makeSecret } from '@maru/api-types/ids'
import { COLORS } from '@maru/api-types/limits'
import { expect, it } from 'vitest'
import { colorOf } from './profile.ts'

it('gives each secret one colour of the palette, and uses them all', () => {
  const secrets = Array.from({ length: 1_000 }, makeSecret)
  const colors = secrets.map(colorOf)
  expect(secrets.map(colorOf)).toEqual(colors)
  expect(new Set(colors)).toEqual(new Set(Array.from({ length: COLORS }, (_, index) => index)))
})

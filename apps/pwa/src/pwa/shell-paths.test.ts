import { expect, it } from 'vitest'
import { isShellPath } from './shell-paths.ts'

it.each(['/', '/r/AAAAAAAAAAAAAAAAAAAAAA', '/settings', '/trust', '/doctor'])(
  '%s is a page of the app',
  (path) => {
    expect(isShellPath(path)).toBe(true)
  },
)

it.each([
  '/ws',
  '/healthz',
  '/readyz',
  '/trust/maru-ca.crt',
  '/r/',
  '/r/a/b',
  '/settings/x',
  '/doctor/x',
  '/sw.js',
  '/assets/index.js',
  '',
])('%s is left to the server', (path) => {
  expect(isShellPath(path)).toBe(false)
})

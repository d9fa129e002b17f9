/** The order of a room's states, over losses too. */
import { expect, test } from 'vitest'
import { compareRevisions, nextRevision, REVISION_PATTERN } from './revisions.ts'

test('P57 a revision goes by its numbers, and a longer one is above its beginning', () => {
  const sorted = ['0', '1', '1.1', '1.9', '1.10', '2', '2.1', '2.1.1', '2.2', '10', '10.1']
  expect([...sorted].reverse().sort(compareRevisions)).toEqual(sorted)
  expect(compareRevisions('2.1', '2.1')).toBe(0)
})

test('P57 whatever is done to a room that was brought back stays below what was there before the loss', () => {
  expect(nextRevision('3', undefined)).toBe('4')
  let revision = '3'
  for (let i = 0; i < 50; i++) revision = nextRevision(revision, '3')
  expect(revision).toBe('3.50')
  expect(compareRevisions(revision, '4')).toBeLessThan(0)
  expect(nextRevision('3.50', '3.50')).toBe('3.50.1')
})

test('P57 losses without end make no revision without end', () => {
  let revision = '1'
  for (let i = 0; i < 40; i++) {
    const next = nextRevision(revision, revision)
    expect(compareRevisions(next, revision)).toBeGreaterThan(0)
    expect(next).toMatch(REVISION_PATTERN)
    revision = next
  }
})

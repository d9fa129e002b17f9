/** How the states of a room are ordered, also of one that came back from a record after its store had lost it. */

/**
 * Numbers with dots between them. A change makes `3` of `2`; after a room was brought back at `3` it makes `3.1`, so
 * that what had been `4` before the loss is still above whatever was done on the older state.
 */
export type Revision = string

export const FIRST_REVISION: Revision = '1'

/** Each loss of data adds one, if the room is changed after it. Beyond this a revision only counts on. */
const MAX_PARTS = 8

export const REVISION_PATTERN = /^\d{1,9}(\.\d{1,9}){0,7}$/

/** Orders two revisions, as `Array.prototype.sort` wants it: number by number, a longer one above its beginning. */
export function compareRevisions(a: Revision, b: Revision): number {
  const [left, right] = [a.split('.'), b.split('.')]
  for (const [i, part] of left.entries()) {
    const other = right[i]
    if (other === undefined) return 1
    if (part !== other) return Number(part) - Number(other)
  }
  return left.length - right.length
}

/** @param base what the room was brought back at, if it was */
export function nextRevision(revision: Revision, base: Revision | undefined): Revision {
  const parts = revision.split('.')
  if (revision === base && parts.length < MAX_PARTS) return `${revision}.1`
  return [...parts.slice(0, -1), Number(parts.at(-1)) + 1].join('.')
}

/** What the doctor says of one thing: that it is well, what mends it, or what it means that it isn't set. */

export interface Finding {
  state: 'well' | 'ill' | 'unset'
  says: string
  /** The sentence that mends it; what it means where it isn't set. */
  mend?: string
}

export const well = (says: string): Finding => ({ state: 'well', says })
export const ill = (says: string, mend: string): Finding => ({ state: 'ill', says, mend })
export const unset = (says: string, mend: string): Finding => ({ state: 'unset', says, mend })

const MARKS = { well: '✓', ill: '✗', unset: '–' } as const

export const format = ({ state, says, mend }: Finding): string =>
  `${MARKS[state]} ${says}${mend === undefined ? '' : `\n    ${mend}`}`

/** The system's word for what went wrong, where it has one. */
export function causeOf(error: unknown): string {
  // A name with several addresses fails with one error for each.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  if (!(first instanceof Error)) return String(first)
  return (first as NodeJS.ErrnoException).code ?? first.message
}

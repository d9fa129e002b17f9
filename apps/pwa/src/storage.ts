/** `localStorage` and `sessionStorage` that never throw: a private window may refuse them, and the app then forgets. */

type Kind = 'local' | 'session'

const storageOf = (kind: Kind): Storage => (kind === 'local' ? localStorage : sessionStorage)

/** Under which a tab keeps that it is in a call, for its reload. */
export const callKey = (roomId: string): string => `maru:call:${roomId}`

export function recall(key: string, kind: Kind = 'local'): string | undefined {
  try {
    return storageOf(kind).getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

export function remember(key: string, value: string, kind: Kind = 'local'): void {
  try {
    storageOf(kind).setItem(key, value)
  } catch {
    // Full or refused: it holds until the page is closed.
  }
}

export function forget(key: string, kind: Kind = 'local'): void {
  try {
    storageOf(kind).removeItem(key)
  } catch {
    // Refused: there was nothing kept either.
  }
}

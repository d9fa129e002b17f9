/** The secret behind room records where the rooms are in this process: kept in a file, so that it outlives the process. */
import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SECRET_PATTERN } from '@maru/api-types'

export interface KeptSecret {
  secret: string
  /** Why it is good for this run only: one line. */
  problem?: string
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

function read(file: string): string | undefined {
  let text
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  // Cut short it could be guessed: made anew.
  if (!SECRET_PATTERN.test(text)) return undefined
  // Somebody's backup, or a copy from elsewhere, may have opened it to others.
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  return text
}

/** What is in the folder, or new. Where that can't be kept, one that is good for this run, and why. */
export function keepRecordSecret(folder: string): KeptSecret {
  const file = join(folder, 'record-secret')
  const fresh = randomBytes(32).toString('base64url')
  const draft = `${file}.${process.pid}`
  try {
    const kept = read(file)
    if (kept !== undefined) return { secret: kept }
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    rmSync(file, { force: true })
    writeFileSync(draft, `${fresh}\n`, { mode: 0o600 })
    // Whole or not at all, and of servers that start at the same time one is the first.
    linkSync(draft, file)
    rmSync(draft)
    return { secret: fresh }
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      rmSync(draft)
      const others = read(file)
      if (others !== undefined) return { secret: others }
    }
    return {
      secret: fresh,
      problem:
        `rooms won't come back by themselves after a restart, because nothing can be kept in ${folder} ` +
        `(${codeOf(error)}): make that folder this user's, or set TURN_SECRET`,
    }
  }
}

/** Who somebody is in this browser: a name, the secret behind it, and the colour that follows from the secret. */
import { makeSecret, SECRET_PATTERN } from '@maru/api-types/ids'
import { COLORS, NAME } from '@maru/api-types/limits'
import { checkName, type TextProblem } from '@maru/api-types/text'
import { createSignal } from 'solid-js'
import { recall, remember } from './storage.ts'

export interface Profile {
  name: string
  secret: string
  color: number
}

const NAME_KEY = 'maru.name'
const SECRET_KEY = 'maru.secret'

/** FNV-1a over the secret's letters: the same colour in every room, and nothing to be stored. */
export function colorOf(secret: string): number {
  let hash = 0x811c9dc5
  for (const letter of secret) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  return (hash >>> 0) % COLORS
}

function readProfile(): Profile | undefined {
  const name = recall(NAME_KEY)
  const secret = recall(SECRET_KEY)
  if (name === undefined || secret === undefined || !SECRET_PATTERN.test(secret)) return undefined
  const checked = checkName(name, NAME)
  return checked.ok ? { name: checked.value, secret, color: colorOf(secret) } : undefined
}

const [profile, setProfile] = createSignal<Profile | undefined>(readProfile())

/** `undefined` until somebody has told their name in this browser. */
export { profile }

/** Keeps the name, and the secret that was there already. Returns the rule that the name breaks. */
export function saveName(raw: string): TextProblem | undefined {
  const checked = checkName(raw, NAME)
  if (!checked.ok) return checked.problem
  const stored = recall(SECRET_KEY)
  const known =
    profile()?.secret ?? (stored !== undefined && SECRET_PATTERN.test(stored) ? stored : undefined)
  const secret = known ?? makeSecret()
  remember(NAME_KEY, checked.value)
  remember(SECRET_KEY, secret)
  setProfile({ name: checked.value, secret, color: colorOf(secret) })
  return undefined
}

// Another tab has told or changed the name. `storage` fires in the other tabs only.
if (typeof window !== 'undefined') {
  window.addEventListener('storage', (event) => {
    if (event.key === NAME_KEY || event.key === SECRET_KEY) setProfile((old) => readProfile() ?? old)
  })
}

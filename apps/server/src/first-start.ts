/**
 * What has to be there before the stack starts, and is made once: the secret that server and coturn share, and volumes
 * that belong to those who write in them. Runs as root, ends at once, and changes nothing the next time.
 *
 *     node first-start.ts --secret FILE [--owner UID] [--own DIRECTORY]... [--rotate]
 */
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { EnvError, readGivenTurnSecret } from './env.ts'
import { isGuessable } from './secret.ts'

/** Guessed by nobody, and of characters that coturn's configuration takes as they are. */
const isGood = (secret: string): boolean => !isGuessable(secret) && /^[\w+/=.~-]+$/.test(secret)

const { values } = parseArgs({
  options: {
    secret: { type: 'string' },
    owner: { type: 'string', default: '0' },
    own: { type: 'string', multiple: true, default: [] },
    rotate: { type: 'boolean', default: false },
  },
})
const owner = Number(values.owner)

function fail(line: string): never {
  process.stderr.write(`maru: ${line}\n`)
  process.exit(1)
}

/** Whole or not at all: a secret that was cut short would be another one. */
function write(file: string, secret: string): void {
  const draft = `${file}.new`
  writeFileSync(draft, `${secret}\n`, { mode: 0o600 })
  chownSync(draft, owner, owner)
  renameSync(draft, file)
}

function keepSecret(file: string, given: string | undefined): void {
  const current = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
  if (given !== undefined && values.rotate)
    fail('TURN_SECRET is set: put another one there instead, and start again')
  const made = (): string => randomBytes(32).toString('base64url')
  const wanted = given ?? (current === undefined || values.rotate ? made() : current)
  if (!isGood(wanted))
    fail(
      `the secret in ${file} must be at least 24 letters, digits and +/=_.~- that nobody could guess, and it is not; ` +
        'have a new one made: docker compose run --rm first-start --rotate',
    )
  if (wanted === current) return
  // Credentials that are out there were signed with it: it goes on being accepted.
  if (current !== undefined && isGood(current)) write(`${file}.previous`, current)
  write(file, wanted)
}

try {
  if (values.secret !== undefined) keepSecret(values.secret, readGivenTurnSecret())
} catch (error) {
  if (error instanceof EnvError) fail(error.message)
  throw error
}
for (const directory of values.own) {
  mkdirSync(directory, { recursive: true })
  chownSync(directory, owner, owner)
}

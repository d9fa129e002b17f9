/**
 * `npm run doctor`: why it doesn't connect, from the server's side. Ends with 0 when all is well, 1 when something isn't.
 *
 *     node apps/server/src/doctor/main.ts [--ca FILE] [--via HOST]
 *
 * --ca   an authority of one's own that devices have been told to trust (PEM)
 * --via  where `localhost` is, for a container is a host of its own; `gateway`: the machine that the container runs on
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { renderUnicodeCompact } from 'uqr'
import { type Env, EnvError, readEnv } from '../env.ts'
import { examine } from './examine.ts'
import { format, ill } from './finding.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** The way out: from a container's network, the machine that it runs on. */
function gateway(): string | undefined {
  const ways = readFileSync('/proc/net/route', 'utf8').split('\n')
  const way = ways.map((line) => line.split('\t')).find(([, destination]) => destination === '00000000')
  return way?.[2] && Buffer.from(way[2], 'hex').reverse().join('.')
}

function environment(): Env | undefined {
  try {
    return readEnv()
  } catch (error) {
    if (!(error instanceof EnvError)) throw error
    say(format(ill('the server does not start as it is set up', `${error.message}.`)))
    return undefined
  }
}

/** The other half can only be seen from outside. */
function sayGoodbye(env: Env): void {
  say(
    '\nThis was a look from inside. Whether people get through from outside, a phone can say: switch its Wi-Fi off, and',
  )
  const origin = env.publicOrigins.find((one) => one.startsWith('https:')) ?? env.publicOrigins[0]
  if (origin === undefined) return say('open /doctor of your server there.')
  say(`open ${origin}/doctor there:\n\n${renderUnicodeCompact(`${origin}/doctor`, { border: 2 })}`)
}

/** What was asked for; undefined after a line that says what is wrong with it. */
function options(): { ca: string | undefined; via: string | undefined } | undefined {
  try {
    const { values } = parseArgs({ options: { ca: { type: 'string' }, via: { type: 'string' } } })
    return {
      ca: values.ca === undefined ? undefined : readFileSync(values.ca, 'utf8'),
      via: values.via === 'gateway' ? gateway() : values.via,
    }
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\nWhat there is: --ca FILE, --via HOST.`)
    return undefined
  }
}

async function look(): Promise<boolean> {
  const asked = options()
  if (!asked) return false
  say('Maru looks at itself.\n')
  const env = environment()
  if (!env) return false
  const findings = await examine({ env, ...asked, now: Date.now, timeout: 4_000 }, (finding) =>
    say(format(finding)),
  )
  sayGoodbye(env)
  return findings.every(({ state }) => state !== 'ill')
}

process.exitCode = (await look()) ? 0 : 1

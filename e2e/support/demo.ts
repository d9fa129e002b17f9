/** `npm run demo` as somebody starts it in a terminal, and ends it with Ctrl-C. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../apps/server/src/backend/start-redis.ts'
import { chromiumPath } from './chromium.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Demo extends AsyncDisposable {
  port: number
  address: string
  /** Settles when it has said that it is there, or has ended before that. */
  ready: Promise<void>
  output(): string
  /** Every process that it consists of right now, as `pid name`. */
  processes(): string[]
  /** What a terminal does to its foreground. Resolves with npm's exit code when it has ended. */
  interrupt(): Promise<number | null>
}

export async function startDemo(): Promise<Demo> {
  const port = await freePort()
  let output = ''
  const child = spawn('npm', ['run', 'demo', '--', '--no-open'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), CHROMIUM: chromiumPath() },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const address = `http://localhost:${port}/demo`
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => output.includes(address) && resolve())
    child.once('exit', (code) => reject(new Error(`npm run demo ended with ${code}:\n${output}`)))
  })
  // Whoever interrupts it before that doesn't wait for it.
  ready.catch(() => undefined)
  const demo: Demo = {
    port,
    address,
    ready,
    output: () => output,
    processes: () => familyOf(child.pid!),
    interrupt() {
      process.kill(-child.pid!, 'SIGINT')
      return exited
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await demo.interrupt()
    },
  }
  return demo
}

interface Process {
  pid: number
  parent: number
  name: string
}

function allProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        // `pid (name) state parent …`; the name may hold anything.
        const [, name, rest] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!
        const [state, parent] = rest!.split(' ')
        return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), name: name! }]
      } catch {
        // It has ended in between.
        return []
      }
    })
}

function familyOf(pid: number): string[] {
  const all = allProcesses()
  const family = all.filter((one) => one.pid === pid)
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid))
  return family.map((one) => `${one.pid} ${one.name}`)
}

/** Those of `names` (`pid name`) that are still there. */
export function stillRunning(names: Iterable<string>): string[] {
  const running = new Set(allProcesses().map((one) => `${one.pid} ${one.name}`))
  return [...names].filter((name) => running.has(name))
}

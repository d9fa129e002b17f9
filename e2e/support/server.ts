/** Real replicas of the server, each a process of its own on a port that the system chose. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../apps/server/src/backend/start-redis.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** A machine may be busy with other tests. */
const START_TIMEOUT_MS = 90_000

export interface Replica extends AsyncDisposable {
  port: number
  origin: string
  /** What it has written to its log so far. */
  log(): string
  /** SIGTERM: it drains. Resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL: it is gone between two instructions. */
  kill(): Promise<void>
  /** SIGSTOP: it stands still, and its connections stay open. */
  freeze(): void
  /** SIGCONT: it goes on as if no time had passed. */
  thaw(): void
  /** Resolves when the process has ended, whoever ended it. */
  ended: Promise<void>
}

export interface ReplicaOptions {
  /** Instead of the server itself, from the checkout's root. */
  main?: string
  env?: Record<string, string>
  /** To come back on the same address. */
  port?: number
}

function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((resolve) => child.once('exit', resolve))
}

/** Starts the built app. Resolves once it is ready to serve. */
export async function startReplica(options: ReplicaOptions = {}): Promise<Replica> {
  if (!existsSync(`${root}apps/pwa/dist/index.html`))
    throw new Error('The pages are not built: `npm test` builds them, `npx turbo run build` too.')
  const port = options.port ?? (await freePort())
  let output = ''
  // Maru as in infra/server.Dockerfile.
  const main =
    options.main === undefined ? ['--max-semi-space-size=8', 'apps/server/src/main.ts'] : [options.main]
  const child = spawn(process.execPath, main, {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'info', ...options.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A run that is interrupted disposes of nothing; a server without its test would stay for ever.
  const last = (): void => void child.kill('SIGKILL')
  process.once('exit', last)
  child.once('exit', () => process.removeListener('exit', last))
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))

  const replica: Replica = {
    port,
    origin: `http://localhost:${port}`,
    log: () => output,
    ended: exited(child).then(() => undefined),
    stop: async () => {
      child.kill('SIGTERM')
      return exited(child)
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited(child)
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: () => replica.kill(),
  }
  const deadline = Date.now() + START_TIMEOUT_MS
  const readyPort = options.env?.['INTERNAL_PORT'] ?? port
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${readyPort}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return replica
    if (child.exitCode !== null || Date.now() > deadline) {
      await replica.kill()
      throw new Error(`The server isn't ready (exit code ${child.exitCode}):\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

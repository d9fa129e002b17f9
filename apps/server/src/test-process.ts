/** For tests: the server as a process of its own, started as `npm start` does. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from './test-kit.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

/** Starts it with nothing in its environment but this. `port` is 0 where it ended instead of listening. */
export async function startProcess(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], { env: { PATH: process.env['PATH'], ...env } })
  const lines: Record<string, unknown>[] = []
  let errors = ''
  let text = ''
  createInterface(child.stdout).on('line', (line) => {
    text += `${line}\n`
    lines.push(JSON.parse(line) as Record<string, unknown>)
  })
  child.stderr.on('data', (data: Buffer) => (errors += String(data)))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const listening = until(() => lines.find(({ msg }) => msg === 'listening'), 'listening', 50_000)
  // One that nobody waits for any more must not outlive the test.
  listening.catch(() => child.kill('SIGKILL'))
  const outcome = await Promise.race([listening, exited.then(([code]) => code)])
  const line = typeof outcome === 'object' ? outcome : undefined
  const [port, internalPort] = [Number(line?.['port'] ?? 0), Number(line?.['internalPort'] ?? 0)]
  return { child, port, internalPort, exited, lines, log: () => text, errors: () => errors }
}

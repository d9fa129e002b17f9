/** A rival's server, in a process of its own as Maru's is: it prints its port, and ends with its standard input. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Program extends AsyncDisposable {
  port: number
}

/** @param path from bench/ */
export async function startProgram(path: string): Promise<Program> {
  const program = fileURLToPath(new URL(`../${path}`, import.meta.url))
  const child = spawn(process.execPath, [program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' },
  })
  const exited = once(child, 'exit')
  const ended = exited.then(() => Promise.reject(new Error(`${path} ended before it listened`)))
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string]
  ended.catch(() => undefined)
  return {
    port: Number(line),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await exited
    },
  }
}

/** `npm start` and what can't be wished for: one line each, before anything is installed or built. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('start.mjs', import.meta.url))

async function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [script, ...args], { env: { PATH: process.env['PATH'], ...env } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

test.each([
  [['--lna'], {}, 'There is no --lna: npm start takes nothing, or -- --lan for the phones around.'],
  [['lan'], {}, 'There is no lan: npm start takes nothing, or -- --lan for the phones around.'],
  [['--lan', '--dev'], {}, '--lan serves the built app: leave it away with npm run dev.'],
  [
    ['--lan'],
    { PUBLIC_ORIGIN: 'https://meet.example.org' },
    'PUBLIC_ORIGIN must not be set with --lan: there, people come by the addresses of this computer.',
  ],
  [['--lan'], { PORT: 'http' }, 'PORT must be a number from 1 to 65535, not "http".'],
])('%j with %j ends with one line', async (args, env, line) => {
  expect(await start(args, env)).toEqual({ code: 1, output: `\n${line}\n` })
})

test('a port in use: the line says how to start on another one', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, resolve))
  const { port } = taken.address() as { port: number }
  expect(await start(['--lan'], { PORT: String(port) })).toEqual({
    code: 1,
    output: `\nPort ${port} is in use: stop what runs there, or choose another one: PORT=${port + 1} npm start -- --lan\n`,
  })
  taken.close()
})

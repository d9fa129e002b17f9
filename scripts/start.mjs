/**
 * `npm start`: from a fresh clone to a running Maru. `--dev` reloads the server and the pages as they change, `--lan`
 * serves the phones around over https.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ensureBuilt } from './prepare.mjs'
import { ensureInstalled, environment, Explained, main, root } from './workspace.mjs'

// What the environment says already wins over the file.
const settings = join(root, '.env')
if (existsSync(settings)) process.loadEnvFile(settings)

const wishes = process.argv.slice(2)
const dev = wishes.includes('--dev')
const lan = wishes.includes('--lan') || process.env['LAN']?.trim() === 'on'
const port = process.env['PORT'] ?? '3000'
const command = lan ? 'npm start -- --lan' : 'npm start'
const DEV_SERVER_PORT = '5173'
/** How long members get to move away before the server is made to end. */
const DRAIN_MS = 15_000
/** Two signals closer together than this are one wish. */
const ECHO_MS = 500

/** What the server would say too, but only after everything has been built. */
function checkWishes() {
  const unknown = wishes.find((wish) => !['--dev', '--lan'].includes(wish))
  if (unknown !== undefined)
    throw new Explained(`There is no ${unknown}: npm start takes nothing, or -- --lan for the phones around.`)
  if (lan && dev) throw new Explained('--lan serves the built app: leave it away with npm run dev.')
  if (lan && process.env['PUBLIC_ORIGIN']?.trim())
    throw new Explained(
      'PUBLIC_ORIGIN must not be set with --lan: there, people come by the addresses of this computer.',
    )
}

/** Asked before anything is built: a port that is taken would otherwise be found out at the very end. */
function checkPort(/** @type {string} */ candidate) {
  if (!/^[1-9]\d{0,4}$/.test(candidate) || Number(candidate) > 65_535)
    throw new Explained(`PORT must be a number from 1 to 65535, not "${candidate}".`)
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      const why =
        error.code === 'EADDRINUSE'
          ? `Port ${candidate} is in use: stop what runs there, or choose another one: PORT=${Number(candidate) + 1} ${command}`
          : `Port ${candidate} can't be opened (${error.code}): choose another one: PORT=3000 ${command}`
      reject(new Explained(why))
    })
    probe.listen(Number(candidate), () => probe.close(resolve))
  })
}

/** Children that end together: the first one to go, and Ctrl-C, take the others with them. */
function together(/** @type {[string, string[]][]} */ commands) {
  // In groups of their own: the terminal sends Ctrl-C to its whole group and npm passes it on once more, and the
  // server takes a second signal for impatience. So they hear it from here, once.
  const children = commands.map(([command, args]) =>
    spawn(command, args, {
      cwd: root,
      env: environment({ PORT: port, MARU_SERVER: `http://localhost:${port}`, ...(lan && { LAN: 'on' }) }),
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    }),
  )
  let asked = 0
  const send = (/** @type {NodeJS.Signals} */ signal) => {
    for (const { pid, exitCode, signalCode } of children)
      if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal)
  }
  const stop = () => {
    if (asked === 0) {
      asked = Date.now()
      send('SIGTERM')
      setTimeout(() => send('SIGKILL'), DRAIN_MS).unref()
    } else if (Date.now() - asked > ECHO_MS) send('SIGKILL')
  }
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, stop)
  const ended = children.map(
    (child) =>
      new Promise((resolve) => {
        child.on('error', () => resolve(1))
        child.on('exit', (code) => {
          const unasked = asked === 0
          if (unasked) stop()
          resolve(unasked ? (code ?? 1) : 0)
        })
      }),
  )
  return Promise.all(ended).then((codes) => Math.max(...codes))
}

/** On a terminal, and in a local network anyway, the server says so itself. */
async function announce() {
  if (lan || (process.stdout.isTTY && !dev)) return
  const origin = `http://localhost:${port}`
  const healthy = () =>
    fetch(`${origin}/healthz`).then(
      (response) => response.ok,
      () => false,
    )
  // Unref'd: where the server has ended already, nobody waits for it here.
  while (!(await healthy())) await new Promise((resolve) => setTimeout(resolve, 100).unref())
  console.log(`
  Maru is at ${dev ? `http://localhost:${DEV_SERVER_PORT}` : origin}

  Over plain http, cameras and microphones work on this computer only:
  for phones in your network start it with npm start -- --lan. Ctrl-C ends it.
`)
}

await main(async () => {
  checkWishes()
  await checkPort(port)
  if (dev) await checkPort(DEV_SERVER_PORT)
  await ensureInstalled()
  if (!dev) await ensureBuilt()
  const running = dev
    ? together([
        ['node', ['--watch', 'apps/server/src/main.ts']],
        ['vite', ['apps/pwa', '--port', DEV_SERVER_PORT, '--strictPort']],
      ])
    : // As in infra/server.Dockerfile.
      together([['node', ['--max-semi-space-size=8', 'apps/server/src/main.ts']]])
  void announce()
  return running
})

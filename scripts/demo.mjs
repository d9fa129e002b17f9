/** `npm run demo [-- --no-open]`: from a fresh clone to a call that outlives its servers, with two artificial guests. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { ensureBuilt, has } from './prepare.mjs'
import { ensureInstalled, environment, Explained, main, root } from './workspace.mjs'

const PORT = process.env['PORT'] ?? '3100'
/** How long everything gets to end by itself. */
const PATIENCE_MS = 10_000
/** Two signals closer together than this are one wish: the terminal's, and npm's echo of it. */
const ECHO_MS = 500

/** Asked before anything is installed: a port that is taken would otherwise be found out at the very end. */
function checkPort() {
  if (!/^[1-9]\d{0,4}$/.test(PORT) || Number(PORT) > 65_535)
    throw new Explained(`PORT must be a number from 1 to 65535, not "${PORT}".`)
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      const free = Number(PORT) < 65_535 ? Number(PORT) + 1 : 3100
      const why = error.code === 'EADDRINUSE' ? 'is in use' : `can't be opened (${error.code})`
      reject(new Explained(`Port ${PORT} ${why}: choose another one: PORT=${free} npm run demo`))
    })
    probe.listen(Number(PORT), '127.0.0.1', () => probe.close(resolve))
  })
}

/** @returns {'redis-server' | 'docker'} */
function findRedis() {
  if (has('redis-server')) return 'redis-server'
  if (has('docker') && spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 }).status === 0)
    return 'docker'
  throw new Explained(
    'No Redis: two servers need one to share their rooms.\n' +
      'On Debian or Ubuntu: sudo apt-get install -y redis-server. On macOS: brew install redis. Or start Docker.',
  )
}

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const MAC_BROWSERS = ['Chromium', 'Google Chrome'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
)

function findChromium() {
  const set = process.env['CHROMIUM']
  if (set !== undefined && !existsSync(set))
    throw new Explained(`CHROMIUM is ${set}, and there is no such file.`)
  const found = BROWSERS.filter(has).map((name) =>
    spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim(),
  )
  const path = set ?? found[0] ?? MAC_BROWSERS.find((file) => existsSync(file))
  if (path !== undefined) return path
  throw new Explained(
    'No Chromium: the two guests need one, with real media.\n' +
      'On Debian or Ubuntu: sudo apt-get install -y chromium. Elsewhere: install Chromium or Chrome, or set CHROMIUM to its path.',
  )
}

/** Runs the demo to its end. In a group of its own, so that it hears of Ctrl-C from here, and once. */
function demonstrate(/** @type {string[]} */ args) {
  // It also ends when its input does, should this process be killed.
  const child = spawn('node', ['demo/demo.ts', ...args], {
    cwd: root,
    env: environment(),
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true,
  })
  const send = (/** @type {NodeJS.Signals} */ signal, whole = false) => {
    try {
      if (child.pid !== undefined) process.kill(whole ? -child.pid : child.pid, signal)
    } catch {
      // All of them have ended.
    }
  }
  let asked = 0
  const stop = () => {
    if (asked === 0) {
      asked = Date.now()
      send('SIGTERM')
      setTimeout(() => send('SIGKILL', true), PATIENCE_MS).unref()
    } else if (Date.now() - asked > ECHO_MS) send('SIGKILL', true)
  }
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, stop)
  return new Promise((resolve) => {
    child.on('error', () => resolve(1))
    child.on('exit', (code) => {
      // Whatever it has left behind.
      send('SIGKILL', true)
      resolve(asked === 0 ? (code ?? 1) : 0)
    })
  })
}

await main(async () => {
  const args = process.argv.slice(2)
  const unknown = args.find((arg) => arg !== '--no-open')
  if (unknown !== undefined)
    throw new Explained(`npm run demo knows --no-open, and no "${unknown}": npm run demo -- --no-open`)
  await checkPort()
  const redis = findRedis()
  const chromium = findChromium()
  await ensureInstalled()
  await ensureBuilt()
  const open = args.includes('--no-open') ? [] : ['--open']
  return demonstrate(['--port', PORT, '--redis', redis, '--chromium', chromium, ...open])
})

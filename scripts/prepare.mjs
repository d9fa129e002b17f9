/** Gets what tests and measurements need beyond npm packages: programs from the system, and the built pages. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Explained, root, run } from './workspace.mjs'

export const has = (/** @type {string} */ program) =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

/** Programs that no npm package brings, with Debian's names for them. */
const needs = [
  {
    debian: 'chromium',
    there: () =>
      process.env['CHROMIUM'] !== undefined || ['chromium', 'chromium-browser', 'google-chrome'].some(has),
  },
  {
    debian: 'firefox-esr',
    there: () => process.env['FIREFOX'] !== undefined || ['firefox-esr', 'firefox'].some(has),
  },
  { debian: 'redis-server', there: () => has('redis-server') },
  { debian: 'coturn', there: () => has('turnserver') },
  // Tells Chromium whom to trust.
  { debian: 'libnss3-tools', there: () => has('certutil') },
  { debian: 'openssl', there: () => has('openssl') },
  {
    debian: 'fonts-noto-cjk',
    // Without a Korean font the pictures show boxes, and text has nobody's width.
    there: () =>
      has('fc-list') && spawnSync('fc-list', [':lang=ko'], { encoding: 'utf8' }).stdout.trim() !== '',
  },
]

/** What else those suites need that make networks and run containers. */
const moreNeeds = [
  { debian: 'curl', there: () => has('curl') },
  { debian: 'iproute2', there: () => has('ip') },
  { debian: 'nftables', there: () => has('nft') },
]

export async function ensurePrograms({ more = false } = {}) {
  const all = more ? [...needs, ...moreNeeds] : needs
  const missing = () => all.filter((need) => !need.there()).map((need) => need.debian)
  if (missing().length === 0) return
  if (has('apt-get') && process.getuid?.() === 0) {
    const wanted = missing().concat(has('fc-list') ? [] : ['fontconfig'])
    console.log(`Installing Debian packages: ${wanted.join(', ')} …`)
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-qq'], { env })
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...wanted], { env })
  }
  if (missing().length === 0) return
  throw new Explained(
    `What is missing here: ${missing().join(', ')}.\n` +
      `On Debian or Ubuntu: sudo apt-get install -y ${missing().join(' ')}\n` +
      'Elsewhere: install Chromium and Firefox (or set CHROMIUM and FIREFOX to their paths), Redis 7 or newer, coturn, ' +
      'certutil (of NSS), openssl, and a Korean font.',
  )
}

/** Builds the pages unless they are what their sources say; turbo knows by the sources' hash. */
export async function ensureBuilt() {
  const { code, output } = await run('turbo', ['run', 'build', '--output-logs=errors-only'], { quiet: true })
  if (code !== 0) throw new Explained(`${output}\nBuilding the pages failed; the reason is above.`)
}

/**
 * Gets what Maru is measured against, at the versions of its own lockfile: not a workspace, so that whoever only starts
 * Maru downloads nothing of it.
 */
export async function ensureRivals() {
  const rivals = join(root, 'bench', 'rivals')
  const read = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8')).packages
  const lock = join(rivals, 'package-lock.json')
  const installed = join(rivals, 'node_modules', '.package-lock.json')
  if (existsSync(installed)) {
    const there = read(installed)
    const wanted = Object.entries(read(lock)).filter(([path, { optional }]) => path !== '' && !optional)
    if (wanted.every(([path, { version }]) => there[path]?.version === version)) return
  }
  console.log('Installing what Maru is measured against …')
  // Without their install scripts: some would fetch a browser.
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts']
  const { code } = await run('npm', ['ci', '--prefix', rivals, ...flags])
  if (code !== 0)
    throw new Explained(
      '`npm ci` failed in bench/rivals; its own words are above. Is the npm registry reachable?',
    )
}

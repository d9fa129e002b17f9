/** What every script here needs: the checkout, its installed packages, its own Node. No dependency; runs on Node 20. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')

/** A failure that one line explains; no stack is shown for it. */
export class Explained extends Error {}

/** The environment of every child: the project's own tools first, nothing that phones home. */
export const environment = (/** @type {Record<string, string>} */ extra = {}) => ({
  ...process.env,
  PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  ...extra,
})

/**
 * Runs a program to its end in the checkout.
 * @param {string} command
 * @param {string[]} args
 * @param {{env?: Record<string, string>, quiet?: boolean}} [options] `quiet` keeps the output for the answer
 * @returns {Promise<{code: number, output: string}>} 127 when there is no such program
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: environment(options.env),
      stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    })
    let output = ''
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ code: 127, output: output + error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/** Whether what is installed is what the lockfile says, package by package (platforms' optional ones aside). */
function isInstalled() {
  const installedLock = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedLock)) return false
  const read = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8')).packages
  const wanted = read(join(root, 'package-lock.json'))
  const installed = read(installedLock)
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      !path.startsWith('node_modules/') || optional || link || installed[path]?.version === version,
  )
}

/** The range in the root package.json: the major version that everything here runs on. */
const wantedMajor = () =>
  Number(createRequire(import.meta.url)('../package.json').devDependencies.node.match(/\d+/)[0])

/** Makes sure that the packages and the project's Node are there; throws `Explained` when they can't be had. */
export async function ensureInstalled() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20)
    throw new Explained(`Node ${process.versions.node} is too old to start with: install Node 20 or newer.`)
  if (!isInstalled()) {
    console.log('Installing packages (npm ci) …')
    const { code } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
    if (code !== 0)
      throw new Explained('`npm ci` failed; its own words are above. Is the npm registry reachable?')
  }
  const { status, stdout } = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' })
  const version = status === 0 ? stdout.trim() : 'none'
  if (version.startsWith(`v${wantedMajor()}.`)) return
  throw new Explained(
    `The project's own Node ${wantedMajor()} isn't there (found ${version}): npm was kept from running its install ` +
      'script. Run `npm rebuild node --ignore-scripts=false`, then try again.',
  )
}

/** Runs a script's body; what is `Explained` ends it with one line, anything else with its stack. */
export async function main(/** @type {() => Promise<number | void>} */ body) {
  try {
    process.exitCode = (await body()) ?? 0
  } catch (error) {
    console.error(error instanceof Explained ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}

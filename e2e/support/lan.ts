/** A local network: this computer as `npm start -- --lan` makes it, another computer beside it, and who trusts whom. */
import { execFile, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../apps/server/src/backend/start-redis.ts'
import { lanAddresses } from '../../apps/server/src/lan/addresses.ts'
import { chromiumPath } from './chromium.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)
/** It may have to build the pages first. */
const START_TIMEOUT_MS = 120_000

export interface LanServer extends AsyncDisposable {
  port: number
  /** What its terminal has shown so far. */
  output(): string
  /** The authority's, as the terminal shows it. */
  fingerprint: string
  /** Where it keeps its certificates. */
  folder: string
}

export async function startLanServer(): Promise<LanServer> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'maru-lan-'))
  const child = spawn(process.execPath, ['scripts/start.mjs', '--lan'], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, LAN_FOLDER: folder, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const last = (): void => void child.kill('SIGTERM')
  process.once('exit', last)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const stop = async (): Promise<void> => {
    process.removeListener('exit', last)
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const pieces = /SHA-256[^\n]*:\n((?: +(?:[\dA-F]{2}:){7}[\dA-F]{2}\n){4})/.exec(output)?.[1]
    const fingerprint = pieces?.trim().replace(/\s+/g, ':')
    if (fingerprint !== undefined)
      return { port, output: () => output, fingerprint, folder, [Symbol.asyncDispose]: stop }
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop()
      throw new Error(`npm start -- --lan didn't get there (exit code ${child.exitCode}):\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The certificate that /trust offers. Whoever fetches it doesn't trust the server yet: that is what it is for. */
export function fetchAuthority(port: number): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: '/trust/maru-ca.crt',
      rejectUnauthorized: false,
      agent: false,
    }
    request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(new X509Certificate(Buffer.concat(chunks))))
    })
      .on('error', reject)
      .end()
  })
}

/**
 * A home folder whose browser trusts the certificate, as after an import in its settings: Chromium on Linux asks the
 * NSS database there.
 */
export async function trustingHome(
  certificate: X509Certificate,
): Promise<AsyncDisposable & { home: string }> {
  const home = await mkdtemp(join(tmpdir(), 'maru-home-'))
  const database = join(home, '.pki/nssdb')
  const file = join(home, 'ca.crt')
  await mkdir(database, { recursive: true })
  await writeFile(file, certificate.toString())
  await run('certutil', ['-d', `sql:${database}`, '-N', '--empty-password'])
  await run('certutil', ['-d', `sql:${database}`, '-A', '-n', 'maru', '-t', 'C,,', '-i', file])
  return { home, [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) }
}

export interface Neighbour extends AsyncDisposable {
  /** Where this computer is seen from there. */
  address: string
  /** A browser that runs there. */
  executable: string
  /** Whether it has a network of its own, or is this computer by another address. */
  isElsewhere: boolean
  /** Gives this computer one more address in that network, as another router would. Only where it is elsewhere. */
  addAddress(): Promise<string>
}

/** Another computer with a cable to this one: a network namespace, where that may be made. */
export async function openNeighbour(): Promise<Neighbour> {
  const name = `maru${process.pid}`
  const [here, there, later] = ['10.213.77.1', '10.213.77.2', '10.213.77.3'] as const
  const folder = await mkdtemp(join(tmpdir(), 'maru-neighbour-'))
  const close = async (): Promise<void> => {
    // With the namespace go its end of the cable, and ours.
    await run('ip', ['netns', 'delete', name]).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  }
  const steps = [
    `netns add ${name}`,
    `link add ${name}a type veth peer name ${name}b netns ${name}`,
    `address add ${here}/29 dev ${name}a`,
    `link set ${name}a up`,
    `-n ${name} address add ${there}/29 dev ${name}b`,
    `-n ${name} link set ${name}b up`,
    `-n ${name} link set lo up`,
  ]
  try {
    for (const step of steps) await run('ip', step.split(' '))
  } catch {
    await close()
    // Not root: the same browser, by the address that others would use.
    const address = lanAddresses().find((candidate) => !candidate.includes(':'))
    if (address === undefined)
      throw new Error('This computer has no address in a local network to test with.')
    const addAddress = () => Promise.reject(new Error('not without a network of its own'))
    return {
      address,
      executable: chromiumPath(),
      isElsewhere: false,
      addAddress,
      [Symbol.asyncDispose]: async () => {},
    }
  }
  const executable = join(folder, 'chromium')
  await writeFile(executable, `#!/bin/sh\nexec ip netns exec ${name} ${chromiumPath()} "$@"\n`, {
    mode: 0o755,
  })
  const addAddress = async (): Promise<string> => {
    await run('ip', ['address', 'add', `${later}/29`, 'dev', `${name}a`])
    return later
  }
  return { address: here, executable, isElsewhere: true, addAddress, [Symbol.asyncDispose]: close }
}

/** For tests: what stands before the server in the world, whole or broken, and the doctor's look at it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttp, request as requestUpstream, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Env, readEnv } from '../env.ts'
import { examine } from './examine.ts'
import { format } from './finding.ts'
import type { Look } from './look.ts'

export interface Certificate {
  crt: string
  key: string
  serial: string
}

/** One that nobody signed but itself. @param days that it is good for; a negative number is over */
export function makeCertificate(name: string, days = 60): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'maru-certificate-'))
  const [crt, key, csr, config] = ['crt', 'key', 'csr', 'config'].map((file) => join(directory, file))
  const openssl = (...args: string[]): string =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const kind = /^[\d.]+$/.test(name) ? 'IP' : 'DNS'
  // `openssl req -x509` makes none that is over; an authority's command does, and wants a little bookkeeping for it.
  const settings = { database: join(directory, 'index'), rand_serial: 'yes', new_certs_dir: directory }
  const lines = Object.entries({ ...settings, default_md: 'sha256', policy: 'any', copy_extensions: 'copy' })
  const text = lines.map((line) => line.join('=')).join('\n')
  writeFileSync(config!, `[ca]\ndefault_ca=own\n[own]\n${text}\n[any]\ncommonName=supplied\n`)
  writeFileSync(settings.database, '')
  const made = `req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${key} -out ${csr}`
  openssl(...made.split(' '), '-subj', `/CN=${name}`, '-addext', `subjectAltName=${kind}:${name}`)
  const stamp = (day: number): string =>
    `${new Date(Date.now() + day * 86_400_000).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
  const dates = ['-startdate', stamp(Math.min(days, 0) - 30), '-enddate', stamp(days)]
  openssl(
    'ca',
    '-config',
    config!,
    '-batch',
    '-selfsign',
    '-notext',
    ...dates,
    '-keyfile',
    key!,
    '-in',
    csr!,
    '-out',
    crt!,
  )
  const serial = openssl('x509', '-noout', '-serial', '-in', crt!).trim().replace('serial=', '')
  const [crtText, keyText] = [crt!, key!].map((file) => readFileSync(file, 'utf8'))
  rmSync(directory, { recursive: true })
  return { crt: crtText!, key: keyText!, serial }
}

export interface FrontOptions {
  /** Where the server is. */
  port: number
  certificate?: Certificate
  /** Passes on WebSocket upgrades unless it says otherwise. */
  upgrades?: boolean
  /** Milliseconds that its clock is ahead. */
  ahead?: number
  /** Where it listens. */
  address?: string
}

export interface Front extends AsyncDisposable {
  port: number
}

/** A proxy with a certificate, as small as one can be. */
export async function startFront({
  port,
  certificate,
  upgrades = true,
  ahead = 0,
  address = '127.0.0.1',
}: FrontOptions): Promise<Front> {
  const server: Server = certificate
    ? createHttps({ cert: certificate.crt, key: certificate.key })
    : createHttp()
  server.on('request', (incoming, response) => {
    const { url: path, method } = incoming
    const { upgrade: _, connection: __, ...headers } = incoming.headers
    const upstream = requestUpstream({ port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, {
        ...answer.headers,
        date: new Date(Date.now() + ahead).toUTCString(),
      })
      answer.pipe(response)
    })
    upstream.on('error', () => response.writeHead(502).end())
    upstream.end()
  })
  // Without a listener an upgrade is an ordinary request, and its headers end here: so do proxies that weren't told.
  if (upgrades) passUpgrades(server, port)
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Passes WebSockets on to a server at `port`, as they come. */
export function passUpgrades(server: Server, port: number): void {
  server.on('upgrade', (incoming, client, head) => {
    const upstream = connect(port, '127.0.0.1', () => {
      const lines = incoming.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`))
      upstream.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('')}\r\n`)
      upstream.write(head)
      client.pipe(upstream).pipe(client)
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
}

/** What the doctor says with this in its environment, a line or two for each finding. */
export async function askDoctor(
  source: Record<string, string>,
  look: Partial<Omit<Look, 'env'>> & { env?: Env } = {},
): Promise<string> {
  const whole: Look = {
    env: readEnv(source),
    ca: undefined,
    via: undefined,
    now: Date.now,
    timeout: 1_500,
    ...look,
  }
  const findings = await examine(whole, () => undefined)
  return findings.map(format).join('\n')
}

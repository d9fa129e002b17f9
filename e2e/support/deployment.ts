/** A server on an address that stays, and the next build of the app, which can be rolled out on it at any moment. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import {
  createServer,
  type IncomingMessage,
  request as requestUpstream,
  type ServerResponse,
} from 'node:http'
import { extname } from 'node:path'
import { passUpgrades } from '../../apps/server/src/doctor/test-kit.ts'
import { startReplica } from './server.ts'

const dist = new URL('../../apps/pwa/dist/', import.meta.url)
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

export interface Deployment extends AsyncDisposable {
  origin: string
  /** The files of both builds under `/assets/`, as paths. */
  assets: { old: string[]; next: string[] }
  /** From now on the next build is served. The old one's hashed files are gone, as on a server that was replaced. */
  rollOut(): void
}

export async function startDeployment(): Promise<Deployment> {
  const replica = await startReplica()
  const build = await makeNextBuild()
  const { headers } = await fetch(replica.origin, { headers: { accept: 'text/html' } })
  const policy = headers.get('content-security-policy')!
  let rolledOut = false

  function serveNext(incoming: IncomingMessage, response: ServerResponse): boolean {
    const path = incoming.url!.replace(/\?.*/, '')
    const isPage = (incoming.headers.accept ?? '').includes('text/html')
    const body = build.files.get(path) ?? (isPage ? build.files.get('/index.html') : undefined)
    if (body === undefined && !path.startsWith('/assets/')) return false
    response.writeHead(body === undefined ? 404 : 200, {
      'Content-Type': TYPES[extname(path)] ?? 'text/html',
      'Content-Security-Policy': policy.replaceAll(String(replica.port), String(port)),
      'Cache-Control': 'no-cache',
    })
    response.end(body)
    return true
  }

  const server = createServer((incoming, response) => {
    if (rolledOut && serveNext(incoming, response)) return
    const { url, method, headers: sent } = incoming
    const upstream = requestUpstream({ port: replica.port, path: url, method, headers: sent }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    upstream.on('error', () => response.destroy())
    upstream.end()
  })
  passUpgrades(server, replica.port)
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address !== null && typeof address === 'object') resolve(address.port)
    })
  })
  return {
    origin: `http://localhost:${port}`,
    assets: build.assets,
    rollOut: () => void (rolledOut = true),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await replica.kill()
    },
  }
}

/** The build that is there, as if every one of its files had changed: other names, other contents, other checksums. */
async function makeNextBuild() {
  const built = (await readdir(dist, { recursive: true })).filter((name) => extname(name) in TYPES)
  const hashed = built
    .filter((name) => name.startsWith('assets/'))
    .map((name) => name.slice('assets/'.length))
  const renamed = (text: string): string =>
    hashed.reduce((all, name) => all.replaceAll(name, name.replace(/\.(\w+)$/, '-next.$1')), text)
  const files = new Map<string, string>()
  for (const name of built) {
    const text = renamed(await readFile(new URL(name, dist), 'utf8'))
    files.set(`/${renamed(name)}`, text.replace('<head>', '<head><meta name="build" content="next" />'))
  }
  const entry = /\{[^{}]*"integrity":[^{}]*\}/g
  const worker = files.get('/sw.js')!.replace(entry, (json) => {
    const { url, revision } = JSON.parse(json) as { url: string; revision: string | null }
    const hash = createHash('sha256').update(files.get(`/${url}`)!)
    const integrity = `sha256-${hash.digest('base64')}`
    return JSON.stringify({ url, revision: revision && `${revision}-next`, integrity })
  })
  files.set('/sw.js', worker)
  const old = hashed.map((name) => `/assets/${name}`)
  return { files, assets: { old, next: old.map(renamed) } }
}

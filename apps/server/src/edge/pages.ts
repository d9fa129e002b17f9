/** Serves the built app from memory: its files, and its one page for every path that is a page of it. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { pathOf } from './gate.ts'
import { type OriginOptions, pageOrigin } from './page-origin.ts'

export interface Pages {
  /** Answers, or doesn't and returns false. */
  answer(request: IncomingMessage, response: ServerResponse): boolean
  /** What stands in the page itself and may run, as a policy names it (CSP 3 §2.3.1, `hash-source`). */
  inlineScripts: string[]
}

export interface PagesOptions extends OriginOptions {
  /** The built app. */
  pagesDirectory: string
}

interface File {
  type: string
  cacheControl: string
  etag: string
  /** By content coding; what isn't worth it has only `identity`. */
  bodies: { identity: Buffer; br?: Buffer; gzip?: Buffer }
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.wasm': 'application/wasm',
}
const COMPRESSIBLE = /^(text\/|application\/(json|manifest|wasm)|image\/svg)/

/** File names in there carry the hash of their contents. */
const HASHED = /^\/assets\//

/**
 * Reads everything once: what is served stays one build, whatever happens on disk. (sirv, which would be the part for
 * this, lets `Range: bytes=5-2` or a file that has been deleted since end the whole process.)
 */
export function createPages(options: PagesOptions): Pages {
  const directory = options.pagesDirectory
  if (!existsSync(join(directory, 'index.html'))) return { answer: answerUnbuilt, inlineScripts: [] }
  const files = new Map<string, File>()
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const file = join(entry.parentPath, entry.name)
    const path = file.slice(directory.length).split(sep).join('/').replace(/^\/?/, '/')
    files.set(path, readFile(file, HASHED.test(path)))
  }
  const page = files.get('/index.html')!
  const pageFor = makePageFor(page, options)
  return {
    answer(request, response) {
      // `/index.html` itself stays as it was built: the service worker knows its checksum.
      const file = files.get(pathOf(request)) ?? (isPage(request) ? pageFor(request) : undefined)
      if (!file) return false
      send(request, response, file)
      return true
    },
    inlineScripts: inlineScripts(page.bodies.identity.toString()),
  }
}

const inlineScripts = (html: string): string[] =>
  [...html.matchAll(/<script\b(?![^>]* src=)[^>]*>([^]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  )

/** As it is written in index.html. Whoever shows a preview card wants the whole address of its picture. */
const CARD_PICTURE = 'content="/install/card.png"'
/** Addresses that one server is opened by; more are somebody's game, and made anew each time. */
const MAX_ORIGINS = 16

/** The one page, as it reads under each origin. */
function makePageFor(page: File, options: OriginOptions): (request: IncomingMessage) => File {
  const html = page.bodies.identity.toString()
  const byOrigin = new Map<string, File>()
  return (request) => {
    const origin = pageOrigin(request, options)
    if (origin === undefined) return page
    const kept = byOrigin.get(origin)
    if (kept) return kept
    // An origin has no quotes and no brackets but an IPv6 address's: nothing in it could end the attribute.
    const identity = Buffer.from(html.replace(CARD_PICTURE, () => CARD_PICTURE.replace('"/', `"${origin}/`)))
    const made = makeFile({ ...page, identity })
    if (byOrigin.size < MAX_ORIGINS) byOrigin.set(origin, made)
    return made
  }
}

function readFile(path: string, hashed: boolean): File {
  const precompressed = (suffix: string) =>
    existsSync(path + suffix) ? readFileSync(path + suffix) : undefined
  return makeFile({
    identity: readFileSync(path),
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    cacheControl: hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    br: precompressed('.br'),
    gzip: precompressed('.gz'),
  })
}

interface Source extends Pick<File, 'type' | 'cacheControl'> {
  identity: Buffer
  br?: Buffer | undefined
  gzip?: Buffer | undefined
}

function makeFile({ identity, type, cacheControl, br, gzip }: Source): File {
  const bodies: File['bodies'] = { identity }
  if (COMPRESSIBLE.test(type) && identity.length > 1_000) {
    bodies.br = br ?? brotliCompressSync(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
    bodies.gzip = gzip ?? gzipSync(identity, { level: 9 })
  }
  const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`
  return { type, cacheControl, etag, bodies }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { type, cacheControl, etag, bodies }: File,
): void {
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const coding = (['br', 'gzip'] as const).find(
    (name) => bodies[name] && new RegExp(`\\b${name}\\b`).test(accepted),
  )
  const body = (coding && bodies[coding]) ?? bodies.identity
  response.setHeader('Cache-Control', cacheControl)
  response.setHeader('Vary', 'Accept-Encoding')
  // Weak: the codings of one file are the same file.
  response.setHeader('ETag', `W/${etag}`)
  if (request.headers['if-none-match']?.includes(etag)) {
    response.writeHead(304).end()
    return
  }
  response.setHeader('Content-Type', type)
  response.setHeader('Content-Length', body.length)
  if (coding) response.setHeader('Content-Encoding', coding)
  response.writeHead(200).end(request.method === 'HEAD' ? undefined : body)
}

/** What people send each other. Those who make a preview of it say that they take anything, or nothing at all. */
const SENT_AROUND = /^\/(?:r\/[\w-]+)?$/

/** A navigation to something that looks like a page. A missing script must not be answered with HTML. */
function isPage(request: IncomingMessage): boolean {
  const path = pathOf(request)
  if (SENT_AROUND.test(path)) return true
  const wantsPage = (request.headers.accept ?? '').includes('text/html')
  return wantsPage && !HASHED.test(path) && /^(\/[\w-]*){1,3}$/.test(path)
}

function answerUnbuilt(request: IncomingMessage, response: ServerResponse): boolean {
  if (!isPage(request)) return false
  answer(response, 503, 'The app has not been built yet: run "npm run build" in apps/pwa, then start again.')
  return true
}

export function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end(response.req.method === 'HEAD' ? undefined : `${text}\n`)
}

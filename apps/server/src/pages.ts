/** Serves the built app: its files, and its one page for every path that is a page of it. */
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'
import { pathOf } from './gate.ts'

/** Answers, or doesn't and returns false. */
export type Pages = (request: IncomingMessage, response: ServerResponse) => boolean

/** File names in there carry the hash of their contents. */
const HASHED = /^\/assets\//

export function createPages(directory: string): Pages {
  if (!existsSync(join(directory, 'index.html'))) {
    return (request, response) => {
      if (!isPage(request)) return false
      answer(
        response,
        503,
        'The app has not been built yet: run "npm run build" in apps/pwa, then start again.',
      )
      return true
    }
  }
  const serve = sirv(directory, {
    etag: true,
    brotli: true,
    gzip: true,
    setHeaders: (response, path) => {
      const hashed = HASHED.test(path)
      response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return (request, response) => {
    let found = true
    serve(request, response, () => {
      found = false
    })
    if (found || !isPage(request)) return found
    request.url = '/'
    serve(request, response)
    return true
  }
}

/** A navigation to something that looks like a page. A missing script must not be answered with HTML. */
function isPage(request: IncomingMessage): boolean {
  const path = pathOf(request)
  return (
    (request.headers.accept ?? '').includes('text/html') &&
    !HASHED.test(path) &&
    !path.includes('.') &&
    /^(\/[\w-]*){1,3}$/.test(path)
  )
}

export function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end(response.req.method === 'HEAD' ? undefined : `${text}\n`)
}

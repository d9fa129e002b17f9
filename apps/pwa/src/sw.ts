/// <reference lib="webworker" />
/** The service worker: keeps one build whole, opens it without a network, and waits to be asked before the next. */
import { PrecacheController } from 'workbox-precaching'
import { isShellPath } from './pwa/shell-paths.ts'

interface Entry {
  url: string
  revision: string | null
  /** So that a file of another build (servers are replaced one by one) is never kept as one of this. */
  integrity: string
}

declare const self: ServiceWorkerGlobalScope

// The build writes the list in this very place, and adds the web app manifest to it, without a checksum: that one the
// browser reads when it wants to know what is new.
const manifest = (self.__WB_MANIFEST as Entry[]).filter(({ integrity }) => integrity)
const precache = new PrecacheController()
precache.addToCacheList(manifest)
const { cacheName } = precache.strategy

// Either every file arrives or the worker isn't installed. What an older worker keeps stays there beside it: pages
// that are open go on loading their own chunks until the person accepts the new version.
self.addEventListener('install', (event) => void precache.install(event))

self.addEventListener('activate', (event) => {
  void precache.activate(event)
  event.waitUntil(Promise.all([dropForeignCaches(), self.clients.claim()]))
})

// Never by itself: another version under a page that is open is for the person to choose.
self.addEventListener('message', (event) => {
  if (event.data === 'accept-update') event.waitUntil(self.skipWaiting())
})

// Whatever isn't answered here goes to the network as if there were no worker, and nothing of it is kept.
self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    if (isShellPath(url.pathname)) event.respondWith(openShell(event))
  } else if (precache.getCacheKeyForURL(url.href) !== undefined) {
    event.respondWith(fromPrecache(url.href).then((kept) => kept ?? fetch(request)))
  }
})

/** A precache that can't be read is none. */
const fromPrecache = (url: string): Promise<Response | undefined> =>
  precache.matchPrecache(url).catch(() => undefined)

/**
 * The page from the precache, if all that it will load is there too: a page whose chunks the system has thrown away,
 * and the server has replaced, would stay broken through every reload.
 */
async function openShell(event: FetchEvent): Promise<Response> {
  const [missing, kept] = await Promise.all([
    missingEntries().catch(() => manifest),
    fromPrecache('/index.html'),
  ])
  if (kept && missing.length === 0) return kept
  event.waitUntil(mend(missing))
  try {
    return await fetch(event.request)
  } catch (error) {
    // Without a network, half of the app is more than nothing.
    if (kept) return kept
    throw error
  }
}

const keyOf = ({ url }: Entry): string => precache.getCacheKeyForURL(url)!

async function missingEntries(): Promise<Entry[]> {
  const cache = await caches.open(cacheName)
  const kept = new Set((await cache.keys()).map((request) => request.url))
  return manifest.filter((entry) => !kept.has(keyOf(entry)))
}

/** Best effort: what the server no longer has comes with the next version. */
async function mend(missing: Entry[]): Promise<void> {
  const fetchAgain = async (entry: Entry): Promise<void> => {
    const response = await fetch(entry.url, { integrity: entry.integrity, cache: 'reload' })
    if (response.ok) await (await caches.open(cacheName)).put(keyOf(entry), response)
  }
  await Promise.allSettled(missing.map(fetchAgain))
}

/** This origin is ours alone: a cache of another name is one of an older Maru. */
async function dropForeignCaches(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name)))
}

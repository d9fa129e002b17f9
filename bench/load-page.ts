/** How much JavaScript the pages load, by the network log of a real Chromium against the production server. */
import { get, type IncomingMessage } from 'node:http'
import { CAST } from '../e2e/support/cast.ts'
import { Person } from '../e2e/support/person.ts'
import { startReplica } from '../e2e/support/server.ts'
import { machine, type Report } from './report.ts'

/** A file that fits into one packet gains nothing from being compressed, so a server may leave it as it is. */
const ONE_PACKET = 1_400

/** Bytes of a response's body as sent for `Accept-Encoding: gzip`. */
async function gzipBytes(url: string): Promise<number> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, resolve).on('error', reject)
  })
  let bytes = 0
  for await (const chunk of response) bytes += (chunk as Buffer).length
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (response.statusCode !== 200 || (encoding !== 'gzip' && bytes > ONE_PACKET))
    throw new Error(`${url}: ${response.statusCode}, ${bytes} bytes, ${encoding}`)
  return bytes
}

/** Collects the address of every script that a page is sent from now on. */
function watchScripts(person: Person): Set<string> {
  const scripts = new Set<string>()
  person.page.on('response', (response) => {
    if (/javascript/.test(response.headers()['content-type'] ?? '')) scripts.add(response.url())
  })
  return scripts
}

export async function loadPage(): Promise<Report> {
  await using server = await startReplica()
  const ana = await Person.launch(CAST.ana)
  const bora = await Person.launch(CAST.bora)
  try {
    const home = watchScripts(ana)
    await ana.open(server.origin)
    await ana.register()
    await ana.page.getByText('Hello, Ana').waitFor()
    await ana.page.waitForLoadState('networkidle')
    const homeScripts = [...home]
    const link = await ana.createRoom('Bench')
    await ana.join()

    const call = watchScripts(bora)
    await bora.open(link)
    await bora.register()
    await bora.join()
    await bora.expectToSee(ana)
    await bora.page.waitForLoadState('networkidle')
    const rows = []
    for (const [page, scripts] of [
      ['home', homeScripts],
      ['call, from the link to the picture', [...call]],
    ] as const) {
      const sizes = await Promise.all(scripts.map(gzipBytes))
      const bytes = sizes.reduce((sum, size) => sum + size, 0)
      rows.push({ page, scripts: scripts.length, 'gzip bytes': bytes, 'gzip KB': (bytes / 1000).toFixed(1) })
    }
    return {
      bench: 'load-page',
      what: 'JavaScript that a fresh browser loads, gzip (KB of 1,000 bytes).',
      machine: machine(),
      rows,
    }
  } finally {
    await Promise.all([ana.close(), bora.close()])
  }
}

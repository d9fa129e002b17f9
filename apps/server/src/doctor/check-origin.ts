/** The way in: the public address, its certificate, the proxy's WebSocket, and what time it is there. */
import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { isIP } from 'node:net'
import { WebSocket } from 'ws'
import { checkCertificate } from './certificate.ts'
import { checkClock } from './check-clock.ts'
import { causeOf, type Finding, ill, unset, well } from './finding.ts'
import { hostOf, isLoopback, type Look, placeOf } from './look.ts'

const RENEWAL =
  'See why it is not renewed: `docker compose logs caddy` says so. The authority has to reach this server on port 80 or 443.'
const UPGRADE =
  'Have the proxy pass on upgrades (nginx: proxy_http_version 1.1, and the headers Upgrade and Connection; see infra/README.md).'

export async function checkOrigins(look: Look): Promise<Finding[]> {
  const { publicOrigins } = look.env
  if (publicOrigins.length === 0) {
    return [
      unset(
        'PUBLIC_ORIGIN is not set',
        'Only pages of this server on localhost or a private address may connect; for others set it, such as https://meet.example.org.',
      ),
    ]
  }
  const findings: Finding[] = []
  for (const origin of publicOrigins) findings.push(...(await checkOrigin(look, new URL(origin))))
  return findings
}

async function checkOrigin(look: Look, origin: URL): Promise<Finding[]> {
  const host = hostOf(origin)
  const port = Number(origin.port) || (origin.protocol === 'https:' ? 443 : 80)
  const findings: Finding[] = []
  if (origin.protocol === 'https:') {
    findings.push(await checkCertificate(look, { host, port, service: origin.origin, renewal: RENEWAL }))
  } else if (!isLoopback(host)) {
    findings.push(
      ill(
        `${origin.origin} is plain http`,
        'Browsers give cameras to https only: put a proxy with a certificate before the server (docker compose brings one), and set PUBLIC_ORIGIN to its https:// address.',
      ),
    )
  }
  const answer = await ask(look, origin).catch((error: unknown) => causeOf(error))
  if (typeof answer === 'string') {
    return [
      ...findings,
      ill(
        `${origin.origin} does not answer (${answer})`,
        `See that proxy and server are running, that the name points to this machine, and that the firewall lets TCP ${port} in.`,
      ),
    ]
  }
  if (answer.status !== 200 || answer.body.trim() !== 'ok') {
    return [
      ...findings,
      ill(
        `${origin.origin}/healthz answers ${answer.status} instead of Maru's ok`,
        'See where the proxy sends it: 502 to 504 say that no server is behind it, anything else that another one is.',
      ),
    ]
  }
  findings.push(well(`${origin.origin} answers in ${Math.round(answer.took)} ms`))
  findings.push(await checkSocket(look, origin))
  if (answer.date !== undefined) {
    // The header counts whole seconds.
    findings.push(checkClock({ name: origin.host, time: answer.date + 500, now: answer.at }))
  }
  return findings
}

interface Answer {
  status: number
  body: string
  date: number | undefined
  /** This machine's clock in the middle between question and answer. */
  at: number
  took: number
}

const connectionFor = (look: Look, host: string) => ({
  host: placeOf(look, host),
  ...(isIP(host) === 0 && { servername: host }),
  // What is wrong with the certificate was said already.
  rejectUnauthorized: false,
})

function ask(look: Look, origin: URL): Promise<Answer> {
  const get = origin.protocol === 'https:' ? getHttps : getHttp
  const asked = performance.now()
  const options = {
    ...connectionFor(look, hostOf(origin)),
    port: origin.port,
    path: '/healthz',
    headers: { host: origin.host },
    timeout: look.timeout,
    agent: false as const,
  }
  return new Promise((resolve, reject) => {
    const request = get(options, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body = (body + text).slice(0, 1_000)))
      response.on('error', reject)
      response.on('end', () => {
        const took = performance.now() - asked
        const date = Date.parse(response.headers.date ?? '')
        resolve({
          status: response.statusCode ?? 0,
          body,
          date: Number.isNaN(date) ? undefined : date,
          at: look.now() - took / 2,
          took,
        })
      })
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', reject)
  })
}

/** Opens one as a page does, and waits for the server's PONG: a proxy may accept and then pass on nothing. */
async function checkSocket(look: Look, origin: URL): Promise<Finding> {
  const scheme = origin.protocol === 'https:' ? 'wss' : 'ws'
  const place = `${scheme}://${origin.host}/ws`
  const { host, ...connection } = connectionFor(look, hostOf(origin))
  // ws takes the host to connect to from the URL, whatever else it is told.
  const address = new URL(`${scheme}://${isIP(host) === 6 ? `[${host}]` : host}/ws`)
  address.port = origin.port
  const socket = new WebSocket(address, {
    ...connection,
    origin: origin.origin,
    headers: { host: origin.host },
    handshakeTimeout: look.timeout,
  })
  const outcome = await new Promise<number | string | undefined>((resolve) => {
    const late = setTimeout(() => resolve('no answer'), look.timeout)
    socket.on('open', () => socket.send('PING'))
    socket.on('message', (data: Buffer) => String(data) === 'PONG' && resolve(undefined))
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.on('error', (error) => resolve(causeOf(error)))
    socket.on('close', () => {
      clearTimeout(late)
      resolve('closed')
    })
  })
  socket.terminate()
  if (outcome === undefined) return well(`${place} takes WebSockets`)
  if (outcome === 403)
    return ill(
      `${place}: the server refuses pages of ${origin.origin}`,
      'Give the server the same PUBLIC_ORIGIN, and have the proxy pass on Host and Origin as they come.',
    )
  return ill(
    `${place}: no WebSocket (${typeof outcome === 'number' ? `the answer is ${outcome}` : outcome})`,
    UPGRADE,
  )
}

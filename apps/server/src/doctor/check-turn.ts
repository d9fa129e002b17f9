/** Whether people behind firewalls and NATs get through: STUN, relays on each way to them, and what they must not do. */
import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { createIceServers } from '../turn.ts'
import { checkCertificate } from './certificate.ts'
import { causeOf, type Finding, ill, unset, well } from './finding.ts'
import { isLoopback, type Look, placeOf } from './look.ts'
import type { Endpoint } from './stun.ts'
import { TurnClient, type TurnCredentials, TurnRefusal } from './turn-client.ts'
import type { TurnAddress, TurnTransport } from './turn-wire.ts'

const URL_PARTS =
  /^(?<scheme>stuns?|turns?):(?<host>\[[^\]]+\]|[^:?]+)(?::(?<port>\d+))?(?:\?transport=(?<transport>udp|tcp))?$/i

interface IceUrl extends TurnAddress {
  relay: boolean
}

/** RFC 7064 and RFC 7065; the environment's were checked already. */
function parseIceUrl(url: string): IceUrl {
  const { scheme = '', host = '', port, transport } = URL_PARTS.exec(url)?.groups ?? {}
  const secure = scheme.toLowerCase().endsWith('s')
  return {
    relay: scheme.toLowerCase().startsWith('turn'),
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: port === undefined ? (secure ? 5349 : 3478) : Number(port),
    transport: secure ? 'tls' : transport?.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
  }
}

const NAMES = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' } as const
const MISSING = {
  udp: 'Calls by relay go over TCP, and stutter: add turn:HOST:3478 to TURN_URLS.',
  tcp: 'People whose network lets no UDP out get no picture: add turn:HOST:3478?transport=tcp to TURN_URLS.',
  tls: 'People whose network lets out https only get no picture: add turns:HOST:5349?transport=tcp to TURN_URLS.',
} as const satisfies Record<TurnTransport, string>

/** One of each kind that nobody may be relayed to; not the ones that a machine likely has itself. */
const DENIED = [
  '127.0.0.1',
  '10.249.17.3',
  '172.27.249.3',
  '192.168.249.3',
  '100.99.17.3',
  '169.254.169.254',
  '224.0.0.251',
  '::ffff:10.249.17.3',
  '::ffff:127.0.0.1',
] as const
const DENIED_IPV6 = ['::1', 'fd00:249::3', 'fe80::249', '2002:af9:1103::1', '64:ff9b::af9:1103'] as const

export async function checkTurn(look: Look): Promise<Finding[]> {
  const urls = look.env.turn.urls.map(parseIceUrl)
  const relays = urls.filter(({ relay }) => relay)
  if (urls.length === 0) {
    return [
      unset(
        'TURN_URLS is not set',
        'People reach each other within one network only: set TURN_URLS and TURN_SECRET (docker compose does).',
      ),
    ]
  }
  const findings: Finding[] = []
  const stun = urls.find(({ transport }) => transport === 'udp')
  findings.push(stun ? await checkStun(look, stun) : unset('no STUN over UDP is offered', MISSING.udp))
  let known: Relayed | undefined
  for (const transport of ['udp', 'tcp', 'tls'] as const) {
    const offered = relays.filter((relay) => relay.transport === transport)
    if (offered.length === 0)
      findings.push(unset(`no relay over ${NAMES[transport]} is offered`, MISSING[transport]))
    for (const relay of offered) {
      if (transport === 'tls') findings.push(await checkTurnCertificate(look, relay))
      const outcome = await checkRelay(look, relay)
      findings.push(outcome.finding)
      known ??= outcome.relayed
    }
  }
  if (known) {
    findings.push(await checkExternal(relays, known))
    findings.push(await checkDenied(look, known.address))
  }
  return findings
}

async function connect(look: Look, address: TurnAddress): Promise<TurnClient> {
  return TurnClient.connect(
    { ...address, host: placeOf(look, address.host) },
    {
      credentials: credentialsOf(look),
      ca: look.ca,
      timeout: look.timeout,
      name: address.host,
      // What is wrong with the certificate was said already.
      anyCertificate: true,
    },
  )
}

/** As this server gives them to people, under a name that nobody has. */
function credentialsOf({ env, now }: Look): TurnCredentials | undefined {
  const given = createIceServers(env.turn, now)('doctor').find(({ username }) => username !== undefined)
  return given && { username: given.username ?? '', credential: given.credential ?? '' }
}

const placeName = ({ host, port, transport }: TurnAddress): string =>
  `${NAMES[transport]} ${host.includes(':') ? `[${host}]` : host}:${port}`

const checkTurnCertificate = (look: Look, { host, port }: TurnAddress): Promise<Finding> =>
  checkCertificate(look, {
    host,
    port,
    service: `TURN over TLS at ${host}:${port}`,
    renewal:
      'coturn takes the one that Caddy renews: see that it can read it, and `docker compose logs coturn caddy` for why not.',
  })

async function checkStun(look: Look, address: TurnAddress): Promise<Finding> {
  const place = placeName(address)
  let client: TurnClient | undefined
  try {
    client = await connect(look, address)
    const asked = performance.now()
    await client.reflect()
    return well(`STUN answers on ${place} in ${Math.ceil(performance.now() - asked)} ms`)
  } catch (error) {
    return ill(`STUN does not answer on ${place} (${causeOf(error)})`, unreachable(address))
  } finally {
    client?.close()
  }
}

const unreachable = ({ port, transport }: TurnAddress): string =>
  `Start coturn (docker compose up -d coturn), and have the firewall let ${transport === 'udp' ? 'UDP' : 'TCP'} ${port} in.`

interface Relayed {
  address: TurnAddress
  at: Endpoint
}

interface RelayOutcome {
  finding: Finding
  relayed?: Relayed
}

/** Two relays, and words from each to the other. */
async function checkRelay(look: Look, address: TurnAddress): Promise<RelayOutcome> {
  const place = placeName(address)
  const clients: TurnClient[] = []
  let relayed: Relayed | undefined
  try {
    const ann = await connect(look, address)
    clients.push(ann)
    const annAt = await ann.allocate()
    relayed = { address, at: annAt }
    const bo = await connect(look, address)
    clients.push(bo)
    const boAt = await bo.allocate()
    await ann.permit(boAt)
    await bo.permit(annAt)
    const took = await roundTrip({ client: ann, at: annAt }, { client: bo, at: boAt })
    if (took === undefined)
      return {
        relayed,
        finding: ill(
          `a relay over ${place} is given, but nothing goes through it`,
          'See that nothing drops what coturn sends to itself by UDP on its relay ports (TURN_MIN_PORT to TURN_MAX_PORT).',
        ),
      }
    await Promise.all(clients.map((client) => client.refresh(0)))
    return {
      relayed,
      finding: well(`a relay over ${place} carries data to and fro in ${Math.ceil(took)} ms`),
    }
  } catch (error) {
    return { finding: whyNoRelay(error, address), ...(relayed && { relayed }) }
  } finally {
    for (const client of clients) client.close()
  }
}

interface End {
  client: TurnClient
  at: Endpoint
}

/** Milliseconds; undefined where nothing came back. UDP may lose one. */
async function roundTrip(one: End, other: End): Promise<number | undefined> {
  for (let tries = 0; tries < 3; tries++) {
    const began = performance.now()
    one.client.send(other.at, Buffer.from('to'))
    if (!(await other.client.receive(500))) continue
    other.client.send(one.at, Buffer.from('fro'))
    if (await one.client.receive(500)) return performance.now() - began
  }
  return undefined
}

function whyNoRelay(error: unknown, address: TurnAddress): Finding {
  const place = placeName(address)
  const code = error instanceof TurnRefusal ? error.code : 0
  if (code === 401)
    return ill(
      `coturn refuses this server's credentials on ${place}`,
      'Give both the same secret (TURN_SECRET here, static-auth-secret there), and have their clocks agree.',
    )
  if (code === 403)
    return ill(
      `coturn refuses to relay to its own relays on ${place}`,
      "Set coturn's external-ip in the pair form PUBLIC/OWN (TURN_EXTERNAL_IP does), and deny neither of the two.",
    )
  if (code === 486 || code === 508)
    return ill(
      `coturn has no relay left on ${place}`,
      'Raise TURN_TOTAL_QUOTA and the number of relay ports (TURN_MIN_PORT to TURN_MAX_PORT).',
    )
  if (code > 0)
    return ill(
      `coturn answers ${code} on ${place}`,
      'See `docker compose logs coturn`; only coturn 4.17.1 and later is known to work.',
    )
  return ill(`no relay over ${place} (${causeOf(error)})`, unreachable(address))
}

/** The address that relays are announced by has to be the one that people reach coturn by. */
async function checkExternal(relays: TurnAddress[], relayed: Relayed): Promise<Finding> {
  const { address } = relayed.at
  const outside = relays.filter(({ host }) => !isLoopback(host))
  if (outside.length === 0)
    return unset(
      `relays are announced as ${address}`,
      'TURN_URLS says localhost: nobody but this machine finds them.',
    )
  const found = await Promise.all(
    outside.map(({ host }) => lookup(host, { all: true, family: 4 }).catch(() => [])),
  )
  const places = [...new Set(found.flat().map((one) => one.address))]
  if (places.length > 0 && !places.includes(address))
    return ill(
      `relays are announced as ${address}, but people find coturn at ${places.join(', ')}`,
      `Set TURN_EXTERNAL_IP=${places[0]} for coturn, unless the name means another address outside.`,
    )
  if (ipaddr.parse(address).range() === 'private')
    return well(`relays are announced as ${address}, which people in the same network reach, and nobody else`)
  return well(`relays are announced as ${address}, where coturn is`)
}

async function checkDenied(look: Look, address: TurnAddress): Promise<Finding> {
  const client = await connect(look, address)
  const client6 = await connect(look, address)
  try {
    await client.allocate()
    const reached = await reachedOf(client, DENIED)
    const ipv6 = await client6.allocate({ ipv6: true }).then(
      () => true,
      () => false,
    )
    if (ipv6) reached.push(...(await reachedOf(client6, [...DENIED_IPV6, ...DENIED.slice(-2)])))
    if (reached.length > 0)
      return ill(
        `coturn relays to addresses that are nobody's business: ${reached.join(', ')}`,
        'Deny them (denied-peer-ip): use the configuration in infra/coturn and coturn 4.17.1 or later, or anyone in a call reaches what is inside your network.',
      )
    return well(`coturn relays to no private address${ipv6 ? '' : ' (it has no IPv6 relays)'}`)
  } catch (error) {
    return whyNoRelay(error, address)
  } finally {
    client.close()
    client6.close()
  }
}

async function reachedOf(client: TurnClient, addresses: readonly string[]): Promise<string[]> {
  const reached: string[] = []
  for (const address of addresses) {
    const refused = await client.permit({ address, port: 9 }).then(
      () => false,
      (error: unknown) => {
        if (error instanceof TurnRefusal) return true
        throw error
      },
    )
    if (!refused) reached.push(address)
  }
  return reached
}

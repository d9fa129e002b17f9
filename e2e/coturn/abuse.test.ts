/** What the bundled coturn never does, whatever it is asked: each asked of the very image and files that people get. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Endpoint } from '../../apps/server/src/doctor/stun.ts'
import type { TurnClient } from '../../apps/server/src/doctor/turn-client.ts'
import { type Coturn, makeNetwork, makeSecret, type Network, startCoturn } from './coturn.ts'

const PUBLIC = '203.0.113.80'
let network: Network
let coturn: Coturn

beforeAll(async () => {
  network = await makeNetwork()
  coturn = await startCoturn({ network: network.name, env: { TURN_EXTERNAL_IP: PUBLIC } })
})
afterAll(async () => {
  await coturn?.[Symbol.asyncDispose]()
  await network?.[Symbol.asyncDispose]()
})

/** What the server answers: `ok`, or the code of its refusal. */
const answerTo = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'ok',
    (error: Error) => error.message.replace(/ .*/, ''),
  )

const DENIED_IPV4 = [
  ['this network', '0.0.0.0', '0.0.0.1', '0.255.255.255'],
  ['private', '10.0.0.0', '10.0.0.1', '10.255.255.255'],
  ['private', '172.16.0.0', '172.20.1.1', '172.31.255.255'],
  ['private', '192.168.0.0', '192.168.1.1', '192.168.255.255'],
  ['CGNAT', '100.64.0.0', '100.100.100.200', '100.127.255.255'],
  ['loopback', '127.0.0.0', '127.0.0.1', '127.255.255.255'],
  ['link-local', '169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['protocol assignments', '192.0.0.0', '192.0.0.192', '192.0.0.255'],
  ['6to4 relays', '192.88.99.0', '192.88.99.1', '192.88.99.255'],
  ['benchmarks', '198.18.0.0', '198.18.0.1', '198.19.255.255'],
  ['multicast', '224.0.0.0', '224.0.0.251', '239.255.255.255'],
  ['reserved', '240.0.0.0', '250.1.2.3', '255.255.255.254'],
  ['broadcast', '255.255.255.255'],
] satisfies string[][]
const NEXT_TO_THEM = [
  '1.0.0.0',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
] as const

const hex = (ipv4: string): string =>
  ipv4
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')
    .replace(/^(....)/, '$1:')

/** All the ways to write an IPv4 address as an IPv6 one. */
const notations = (ipv4: string): [string, string][] => [
  ['mapped', `::ffff:${ipv4}`],
  ['compatible', `::${hex(ipv4)}`],
  ['translated', `::ffff:0:${hex(ipv4)}`],
  ['6to4', `2002:${hex(ipv4)}::1`],
  ['NAT64', `64:ff9b::${hex(ipv4)}`],
  ['local NAT64', `64:ff9b:1::${hex(ipv4)}`],
  ['Teredo', `2001:0:${hex(ipv4)}::1`],
]

const DENIED_IPV6 = [
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['discard', '100::1'],
  ['unique local', 'fc00::1', 'fd12:3456:789a::1', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['link-local', 'fe80::1', 'febf::1'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff02::1', 'ff0e::1'],
  ['not given out', '4000::1', 'a000::1'],
] satisfies string[][]

let channel = 0x4000
/** CreatePermission and ChannelBind both, for coturn checks them in two places. */
async function ask(client: TurnClient, address: string): Promise<string[]> {
  const peer: Endpoint = { address, port: 53 }
  return [await answerTo(client.permit(peer)), await answerTo(client.bindChannel(channel++, peer))]
}

describe('whom nobody reaches through it', () => {
  let client: TurnClient
  let client6: TurnClient
  beforeAll(async () => {
    client = await coturn.connect()
    await client.allocate()
    client6 = await coturn.connect()
    await client6.allocate({ ipv6: true })
  })
  afterAll(() => {
    client.close()
    client6.close()
  })

  test.each(DENIED_IPV4)('%s: %s …', async (_, ...addresses) => {
    for (const address of addresses) expect(await ask(client, address), address).toEqual(['403', '403'])
  })

  test('the addresses next to those ranges are reached', async () => {
    for (const address of NEXT_TO_THEM) expect(await ask(client, address), address).toEqual(['ok', 'ok'])
  })

  test.each(DENIED_IPV4)('%s written as IPv6, from either kind of relay: %s …', async (_, ...addresses) => {
    for (const [notation, address] of addresses.flatMap(notations)) {
      // 443 is "another family than the relay's", which is a refusal, too.
      for (const answer of await ask(client, address))
        expect(answer, `${notation} ${address}`).toMatch(/^(403|443)$/)
      for (const answer of await ask(client6, address))
        expect(answer, `${notation} ${address}`).toMatch(/^(403|443)$/)
    }
  })

  test('a public IPv4 address in those notations: only the mapped one, which is that very address', async () => {
    for (const [notation, address] of notations('203.0.114.9'))
      for (const answer of await ask(client6, address))
        expect(answer, notation).toMatch(notation === 'mapped' ? /^ok$/ : /^(403|443)$/)
  })

  test.each(DENIED_IPV6)('%s: %s …', async (_, ...addresses) => {
    for (const address of addresses) expect(await ask(client6, address), address).toEqual(['403', '403'])
  })

  test('a public IPv6 address is reached', async () => {
    expect(await ask(client6, '2600::1')).toEqual(['ok', 'ok'])
    expect(await ask(client6, '2a00:1450:4001::200e')).toEqual(['ok', 'ok'])
  })

  test('the networks that it is in itself', async () => {
    const neighbour = coturn.address.replace(/\.\d+$/, '.1')
    expect(await ask(client, neighbour)).toEqual(['403', '403'])
    const neighbour6 = coturn.address6.replace(/::.*$/, '::1')
    expect(await ask(client6, neighbour6)).toEqual(['403', '403'])
  })

  test('nothing arrives without a permission', async () => {
    const other = await coturn.connect({ credentials: coturn.credentialsFor('other') })
    const at = await other.allocate()
    client.send(at, Buffer.from('nobody asked'))
    expect(await other.receive(500)).toBeUndefined()
    other.close()
  })
})

describe('what it relays', () => {
  test('relay to relay, under the address that the world knows', async () => {
    const ann = await coturn.connect({ credentials: coturn.credentialsFor('ann') })
    const bo = await coturn.connect({ transport: 'tcp', credentials: coturn.credentialsFor('bo') })
    const [annAt, boAt] = [await ann.allocate(), await bo.allocate()]
    expect([annAt.address, boAt.address]).toEqual([PUBLIC, PUBLIC])
    for (const { port } of [annAt, boAt]) {
      expect(port).toBeGreaterThanOrEqual(49_152)
      expect(port).toBeLessThanOrEqual(51_199)
    }
    await ann.bindChannel(0x4001, boAt)
    await bo.permit(annAt)
    ann.sendOnChannel(0x4001, Buffer.from('to Bo'))
    expect((await bo.receive())?.data.toString()).toBe('to Bo')
    bo.send(annAt, Buffer.from('to Ann'))
    expect((await ann.receive())?.data.toString()).toBe('to Ann')
    ann.close()
    bo.close()
  })

  test('no TCP (RFC 6062)', async () => {
    for (const transport of ['udp', 'tcp'] as const) {
      const client = await coturn.connect({ transport })
      expect(await answerTo(client.allocate({ protocol: 6 })), transport).toMatch(/^(400|403|442)$/)
      await client.allocate()
      expect(await answerTo(client.connectTo({ address: '203.0.114.9', port: 25 }))).toMatch(
        /^(400|403|405)$/,
      )
      client.close()
    }
  })

  test('its figures and its console are for nobody outside', async () => {
    for (const port of [9641, 5766, 8080]) {
      const reached = fetch(`http://${coturn.address}:${port}/`, { signal: AbortSignal.timeout(1_000) })
      await expect(reached, String(port)).rejects.toThrow('fetch failed')
    }
  })
})

describe('who may use it', () => {
  const attempt = async (credentials: { username: string; credential: string } | undefined) => {
    const client = await coturn.connect({ credentials })
    const answer = await answerTo(client.allocate())
    client.close()
    return answer
  }

  test('whom the server gave credentials, on UDP and TCP', async () => {
    for (const transport of ['udp', 'tcp'] as const) {
      const client = await coturn.connect({ transport })
      expect(await answerTo(client.allocate()), transport).toBe('ok')
      await client.refresh(0)
      client.close()
    }
  })

  test('nobody without credentials', async () => {
    for (const transport of ['udp', 'tcp'] as const) {
      const client = await coturn.connect({ transport, credentials: undefined })
      const peer = { address: '203.0.114.9', port: 53 }
      expect(await answerTo(client.allocate())).toBe('401')
      expect(await answerTo(client.permit(peer))).toMatch(/^(401|437)$/)
      expect(await answerTo(client.bindChannel(0x4001, peer))).toMatch(/^(401|437)$/)
      expect(await answerTo(client.refresh(600))).toMatch(/^(401|437)$/)
      client.close()
    }
  })

  test('nobody whose credentials have ended', async () => {
    expect(await attempt(coturn.credentialsFor('late', 3_540))).toBe('ok')
    expect(await attempt(coturn.credentialsFor('late', 3_660))).toBe('401')
  })

  test('nobody with credentials of their own making', async () => {
    const real = coturn.credentialsFor('eve', 3_660)
    const later = `${Math.floor(Date.now() / 1000) + 3_600}:eve`
    expect(await attempt({ username: later, credential: real.credential }), 'another end').toBe('401')
    const others = coturn.credentialsFor('ann')
    expect(
      await attempt({ ...others, username: others.username.replace('ann', 'eve') }),
      'another name',
    ).toBe('401')
    expect(await attempt({ username: 'eve', credential: '' }), 'no end at all').toBe('401')
    expect(await attempt({ username: '', credential: '' }), 'nothing').toMatch(/^(400|401)$/)
    await using elsewhere = await startCoturn({ secret: makeSecret() })
    expect(await attempt(elsewhere.credentialsFor('eve')), "another server's").toBe('401')
  })
})

describe('how much of it', () => {
  /** As many relays as there are, one after the other. */
  async function allocateAll(from: Coturn, users: string[]) {
    const clients: TurnClient[] = []
    const answers: string[] = []
    for (const user of users) {
      const client = await from.connect({ credentials: from.credentialsFor(user) })
      clients.push(client)
      answers.push(await answerTo(client.allocate()))
    }
    return { answers, clients, close: () => clients.forEach((client) => client.close()) }
  }

  test('one person gets so many, another one is not touched by it, and what is given back is free', async () => {
    await using small = await startCoturn({ env: { TURN_USER_QUOTA: '2' } })
    const { answers, clients, close } = await allocateAll(small, ['ann', 'ann', 'ann', 'bo'])
    expect(answers).toEqual(['ok', 'ok', '486', 'ok'])
    await clients[0]!.refresh(0)
    // A relay that was given back is taken down in coturn's own time.
    const again = await small.connect({ credentials: small.credentialsFor('ann') })
    await expect.poll(() => answerTo(again.allocate()), { timeout: 20_000 }).toBe('ok')
    // New credentials for the same person don't count anew: the quota is by what follows the colon.
    const renewed = await small.connect({ credentials: small.credentialsFor('ann', 60) })
    expect(await answerTo(renewed.allocate())).toBe('486')
    for (const one of [{ close }, again, renewed]) one.close()
  })

  test('all together get so many', async () => {
    await using small = await startCoturn({ env: { TURN_TOTAL_QUOTA: '3' } })
    const { answers, close } = await allocateAll(small, ['a', 'b', 'c', 'd', 'e'])
    expect(answers).toEqual(['ok', 'ok', 'ok', '486', '486'])
    close()
  })

  test('all together are promised so many bytes a second', async () => {
    await using small = await startCoturn({ env: { TURN_MAX_BPS: '100000', TURN_BPS_CAPACITY: '200000' } })
    const { answers, close } = await allocateAll(small, ['a', 'b', 'c'])
    expect(answers).toEqual(['ok', 'ok', '486'])
    close()
  })

  test('by itself it has room for 120 connections of one person', async () => {
    const { answers, close } = await allocateAll(
      coturn,
      Array.from({ length: 121 }, () => 'busy'),
    )
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(120)
    expect(answers[120]).toBe('486')
    close()
  })
})

test('after all that its log says what it refused, and neither whom somebody asked for nor who asked', async () => {
  const log = await coturn.log()
  expect(log).toMatch(/denied/)
  expect(log).not.toMatch(/169\.254\.169\.254|10\.0\.0\.1\b|fd12:3456/)
  expect(log).not.toMatch(/somebody|eve|late|busy/)
})

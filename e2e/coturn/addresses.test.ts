/** Which addresses and networks are a machine's own, for machines of several kinds. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../../infra/coturn/addresses.awk', import.meta.url))
const HEADER = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT'

interface Machine {
  /** Device, destination, gateway, metric, mask; the kernel writes addresses backwards. */
  routes: [string, string, string, number, string][]
  addresses: string[]
  /** Address, prefix length, scope and flags, all in hexadecimal. */
  ipv6?: [string, string, string, string][]
}

function addressesOf({ routes, addresses, ipv6 = [] }: Machine): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'maru-addresses-'))
  const write = (file: string, lines: string[]): string => {
    writeFileSync(join(directory, file), `${lines.join('\n')}\n`)
    return join(directory, file)
  }
  const files = [
    write('route', [
      HEADER,
      ...routes.map(([device, to, via, metric, mask]) =>
        [device, to, via, '0003', 0, 0, metric, mask, 0, 0, 0].join('\t'),
      ),
    ]),
    write('fib_trie', [
      'Local:',
      ...addresses.flatMap((one) => [`     |-- ${one}`, '        /32 host LOCAL']),
    ]),
    write(
      'if_inet6',
      ipv6.map(([address, prefix, scope, flags]) => `${address} 02 ${prefix} ${scope} ${flags}     eth0`),
    ),
  ]
  const said = execFileSync('awk', ['-f', program, ...files], { encoding: 'utf8' })
  rmSync(directory, { recursive: true })
  return said.trim().split('\n').sort()
}

test('a server at home: the address in the network of the way out, not Docker’s', () => {
  const said = addressesOf({
    routes: [
      ['eth0', '00000000', '0101A8C0', 100, '00000000'],
      ['wlan0', '00000000', '0102A8C0', 600, '00000000'],
      ['docker0', '000011AC', '00000000', 0, '0000FFFF'],
      ['eth0', '0001A8C0', '00000000', 100, '00FFFFFF'],
      ['wlan0', '0002A8C0', '00000000', 600, '00FFFFFF'],
    ],
    addresses: ['127.0.0.1', '172.17.0.1', '192.168.1.5', '192.168.2.5'],
  })
  expect(said).toEqual([
    'main4 192.168.1.5',
    'network 172.17.0.0-172.17.255.255',
    'network 172.17.0.1-172.17.0.1',
    'network 192.168.1.0-192.168.1.255',
    'network 192.168.1.5-192.168.1.5',
    'network 192.168.2.0-192.168.2.255',
    'network 192.168.2.5-192.168.2.5',
  ])
})

test('a rented one: an address in no network at all, behind a gateway that is in none either', () => {
  const said = addressesOf({
    routes: [
      ['eth0', '00000000', '01011FAC', 0, '00000000'],
      ['eth0', '01011FAC', '00000000', 0, 'FFFFFFFF'],
      ['docker0', '000011AC', '00000000', 0, '0000FFFF'],
    ],
    addresses: ['127.0.0.1', '172.17.0.1', '203.0.113.7'],
  })
  expect(said).toContain('main4 203.0.113.7')
  expect(said).toContain('network 172.31.1.1-172.31.1.1')
})

test('IPv6: the lasting global address, and every network of which there is one', () => {
  const said = addressesOf({
    routes: [],
    addresses: ['127.0.0.1'],
    ipv6: [
      ['00000000000000000000000000000001', '80', '10', '80'],
      ['fe8000000000000000fc00fffe000001', '40', '20', '80'],
      ['fd000000000000000000000000000002', '40', '00', '80'],
      ['20010db8000100020a0b0c0d0e0f1011', '40', '00', '01'],
      ['20010db8000100020000000000000020', '40', '00', 'a0'],
      ['20010db8000100020000000000000005', '40', '00', '80'],
      ['20010db8abcd12340000000000000009', '31', '00', '80'],
    ],
  })
  expect(said.filter((line) => line.startsWith('main'))).toEqual([
    'main6 2001:0db8:0001:0002:0000:0000:0000:0005',
  ])
  expect(new Set(said.filter((line) => line.startsWith('network')))).toEqual(
    new Set([
      'network 2001:0db8:0001:0002:0000:0000:0000:0000-2001:0db8:0001:0002:ffff:ffff:ffff:ffff',
      // 49 bits: twelve digits and the first bit of the next.
      'network 2001:0db8:abcd:0000:0000:0000:0000:0000-2001:0db8:abcd:7fff:ffff:ffff:ffff:ffff',
    ]),
  )
})

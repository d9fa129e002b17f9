/** Which addresses are offered, and in which order. */
import { expect, test } from 'vitest'
import { type Interfaces, inUrl, lanAddresses, localName } from './addresses.ts'

const on = (...addresses: string[]): Interfaces[string] =>
  addresses.map((address) => ({
    address,
    netmask: '',
    mac: '00:00:00:00:00:00',
    internal: address === '127.0.0.1' || address === '::1',
    cidr: null,
    ...(address.includes(':') ? { family: 'IPv6', scopeid: 0 } : { family: 'IPv4' }),
  }))

test('private addresses only, the likeliest first', () => {
  const interfaces: Interfaces = {
    lo: on('127.0.0.1', '::1'),
    docker0: on('172.17.0.1'),
    utun3: on('10.8.0.2'),
    'vEthernet (WSL)': on('192.168.144.1'),
    en0: on('fe80::1', 'fd12:3456::7', '2001:db8::1', '169.254.3.4', '192.168.1.20'),
    eth1: on('10.0.0.5', '203.0.113.9', '100.64.0.3'),
  }
  expect(lanAddresses(interfaces)).toEqual([
    '192.168.1.20',
    '10.0.0.5',
    'fd12:3456::7',
    '169.254.3.4',
    '192.168.144.1',
    '10.8.0.2',
    '172.17.0.1',
  ])
  expect(lanAddresses({ lo: on('127.0.0.1', '::1'), eth0: on('203.0.113.9') })).toEqual([])
})

test('the name that others in the network know', () => {
  expect(localName('Laptop')).toBe('laptop.local')
  expect(localName('Anas-MacBook.local')).toBe('anas-macbook.local')
  expect(localName('pc.corp.example.org')).toBe('pc.local')
  for (const none of ['', 'localhost', '미나의-컴퓨터', 'with space', '-x']) {
    expect(localName(none), none).toBeUndefined()
  }
})

test('IPv6 addresses stand in brackets in a URL', () => {
  expect(['192.168.1.20', 'fd00::7'].map(inUrl)).toEqual(['192.168.1.20', '[fd00::7]'])
})

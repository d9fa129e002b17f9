/** Where others in the same network find this computer: its addresses, the likeliest first, and its name. */
import { hostname, networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'

export type Interfaces = ReturnType<typeof networkInterfaces>

/** Networks inside of this computer (containers, virtual machines) and tunnels out of it: a phone is in none of them. */
const VIRTUAL =
  /^(docker|br-|veth|virbr|vmnet|vboxnet|vnic|lxc|lxd|cni|flannel|cali|podman|utun|tun|tap|wg|tailscale|zt|awdl|llw|bridge|ap\d)|vEthernet|VirtualBox|VMware|WSL/i

const score = (name: string, address: ipaddr.IPv4 | ipaddr.IPv6): number => {
  const range = address.range()
  return (
    (VIRTUAL.test(name) ? 100 : 0) +
    // A phone's keyboard is kinder to IPv4, and so are routers that keep Wi-Fi guests apart.
    (address.kind() === 'ipv4' ? 0 : 20) +
    // Nobody's DHCP has given this one.
    (range === 'linkLocal' ? 40 : 0) +
    ['192.168.', '10.', '172.'].findIndex((start) => address.toString().startsWith(start))
  )
}

/**
 * Every private address of this computer that a browser elsewhere can be pointed at. IPv6 link-local ones can't: a
 * URL has no place for their zone.
 */
export function lanAddresses(interfaces: Interfaces = networkInterfaces()): string[] {
  const found: { address: string; score: number }[] = []
  for (const [name, infos = []] of Object.entries(interfaces)) {
    for (const info of infos) {
      if (info.internal || !ipaddr.isValid(info.address)) continue
      const address = ipaddr.parse(info.address)
      const range = address.range()
      const isLan =
        range === 'private' || range === 'uniqueLocal' || (range === 'linkLocal' && address.kind() === 'ipv4')
      if (isLan) found.push({ address: address.toString(), score: score(name, address) })
    }
  }
  found.sort((one, other) => one.score - other.score)
  return [...new Set(found.map(({ address }) => address))]
}

/** What the system answers to in multicast DNS (RFC 6762); none where the computer's name can't be one. */
export function localName(name: string = hostname()): string | undefined {
  const label = name.toLowerCase().split('.')[0]!
  return /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/.test(label) && label !== 'localhost'
    ? `${label}.local`
    : undefined
}

/** An address as it stands in a URL. */
export const inUrl = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** Somebody's place on the internet: a machine behind a NAT of one kind, and what its firewall lets out. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromiumPath } from '../../support/chromium.ts'
import type { PersonOptions } from '../../support/person.ts'
import type { Internet } from './internet.ts'
import { connect, makeDirectory, Namespace } from './namespaces.ts'

export interface Place {
  /** `open`: a public address of its own. `cone`: port-restricted. `symmetric`: another port toward everybody. */
  nat: 'open' | 'cone' | 'symmetric'
  firewall?: Firewall
}

type Firewall = 'none' | 'no-udp' | 'https-only'

/** Dropped rather than refused: nobody is told, as with most firewalls. */
const FORWARD: Record<Firewall, string> = {
  none: '',
  'no-udp': 'meta l4proto udp drop',
  'https-only': 'iifname "lan" tcp dport != 443 drop; iifname "lan" meta l4proto != tcp drop',
}

/**
 * Linux keeps a socket's port toward everybody as long as it is free, and lets in only whom the socket has spoken to: a
 * port-restricted cone. What nobody asked for is dropped before it makes an entry, which would take the port away.
 */
const rules = (random: boolean, firewall: Firewall): string => `
  table ip nat {
    chain postrouting {
      type nat hook postrouting priority srcnat;
      oifname "wan" masquerade ${random ? 'random,fully-random' : ''}
    }
  }
  table ip filter {
    chain input { type filter hook input priority filter; iifname "wan" ct state new drop; }
    chain forward {
      type filter hook forward priority filter;
      iifname "wan" ct state new drop
      ${FORWARD[firewall]}
    }
  }`

interface Uplink {
  router: Namespace
  /** The machine's. */
  device: string
  net: string
}

/** How long a machine is without any network between two. Milliseconds. */
const BETWEEN_MS = 500

let count = 0

export class Household implements Disposable {
  readonly #internet: Internet
  readonly #machine: Namespace
  readonly #uplinks: Uplink[] = []
  readonly #home = makeDirectory()
  readonly #number = ++count

  constructor(internet: Internet, place: Place) {
    this.#internet = internet
    this.#machine = Namespace.create(`home${this.#number}`)
    if (place.nat === 'open') internet.plug(this.#machine, 'eth0', [internet.newAddress()])
    else this.#use(this.#addRouter(place))
    internet.trustIn(this.#home)
  }

  /** A router with a public address of its own, and a device of the machine's that leads to it. */
  #addRouter({ nat, firewall = 'none' }: Place): Uplink {
    const index = this.#uplinks.length
    const router = Namespace.create(`home${this.#number}-router${index}`)
    const uplink: Uplink = { router, device: `eth${index}`, net: `10.${index}.${this.#number}` }
    this.#uplinks.push(uplink)
    connect([router, 'lan'], [this.#machine, uplink.device])
    this.#internet.plug(router, 'wan', [this.#internet.newAddress()])
    router.ip(`link set lan up\naddress add ${uplink.net}.1/24 dev lan`)
    router.write('/proc/sys/net/ipv4/ip_forward', '1')
    router.nft(rules(nat === 'symmetric', firewall))
    return uplink
  }

  #use({ device, net }: Uplink): void {
    this.#machine.ip(
      `link set ${device} up\naddress add ${net}.2/24 dev ${device}\nroute add default via ${net}.1`,
    )
  }

  /** The router gets another public address, as when a line was reset; the machine isn't told. Returns `Date.now()`. */
  changeAddress(): number {
    const { router } = this.#uplinks.at(-1)!
    this.#internet.readdress(router, 'wan', this.#internet.newAddress())
    return Date.now()
  }

  /** The machine loses its network and finds another one, as between Wi-Fi and mobile data. Returns when it lost it. */
  async changeNetwork(place: Place): Promise<number> {
    const before = this.#uplinks.at(-1)!
    const next = this.#addRouter(place)
    this.#machine.ip(`link delete ${before.device}`)
    const lostAt = Date.now()
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS))
    this.#use(next)
    return lostAt
  }

  /** The browser of this place. */
  browser(): Required<Pick<PersonOptions, 'executable' | 'env'>> {
    const executable = join(this.#home, 'chromium')
    const inside = ['ip', ...this.#machine.inside(chromiumPath(), [])].join(' ')
    writeFileSync(executable, `#!/bin/sh\nexec ${inside} "$@"\n`, { mode: 0o755 })
    return { executable, env: { HOME: this.#home } }
  }

  /** The public addresses of one socket toward two servers. */
  mappings(): string[] {
    const program = fileURLToPath(new URL('stun-mappings.ts', import.meta.url))
    const servers = this.#internet.stunServers.flat().map(String)
    return JSON.parse(this.#machine.run(process.execPath, [program, ...servers])) as string[]
  }

  [Symbol.dispose](): void {
    for (const namespace of [this.#machine, ...this.#uplinks.map(({ router }) => router)]) namespace.remove()
    rmSync(this.#home, { recursive: true, force: true })
  }
}

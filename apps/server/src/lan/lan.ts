/** What makes this computer a place that the phones around it can open: addresses, and https for them. */
import { hostname } from 'node:os'
import { type Interfaces, inUrl, lanAddresses, localName } from './addresses.ts'
import { type Certificates, keepCertificates, LanError } from './certificates.ts'

export { LanError }

/** As `tls.createSecureContext` takes it. */
export interface Credentials {
  key: string
  cert: string
}

export interface Lan {
  credentials: Credentials
  /** DER of the certificate that phones may trust. */
  authority: Buffer
  /** Its SHA-256, as systems show it: `AB:CD:…`. */
  fingerprint: string
  /** The names, besides localhost, by which pages of this server are opened. */
  ownNames: string[]
  /** Hosts as they stand in a URL, the likeliest first. */
  hosts: string[]
}

export interface LanOptions {
  /** Where the certificates are kept. */
  folder: string
  /** The address that the server listens on; undefined: every one. */
  host?: string | undefined
  /** For tests: what this computer has and is called, and how often to look (milliseconds). */
  interfaces?: Interfaces
  name?: string
  lookMs?: number
}

/** @throws LanError with one line, where this computer is in no network or the folder can't be used */
export function openLan({ folder, host, interfaces, name = hostname() }: LanOptions): Lan {
  const isBound = host !== undefined && !['0.0.0.0', '::'].includes(host)
  const addresses = lanAddresses(interfaces).filter((address) => !isBound || address === host)
  if (addresses.length === 0) {
    throw new LanError(
      isBound
        ? `HOST=${host} is no address of this computer in a local network; unset it to listen on all of them`
        : 'this computer has no address in a local network; connect it to a Wi-Fi or a cable, then start again',
    )
  }
  const local = localName(name)
  const names = {
    hosts: ['localhost', ...(local ? [local] : [])],
    addresses: ['127.0.0.1', '::1', ...addresses],
  }
  const certificates = keepCertificates(folder, local ?? 'this computer', names)
  return {
    credentials: credentialsOf(certificates),
    authority: certificates.authority.certificate.raw,
    fingerprint: certificates.authority.certificate.fingerprint256,
    ownNames: local ? [local] : [],
    hosts: [...addresses.map(inUrl), ...(local ? [local] : [])],
  }
}

function credentialsOf({ server, authority }: Certificates): Credentials {
  return {
    key: String(server.key.export({ type: 'pkcs8', format: 'pem' })),
    // With the authority behind it, a person who looks at the warning sees whose it is.
    cert: server.certificate.toString() + authority.certificate.toString(),
  }
}

/** Milliseconds: somebody who has changed the network looks for the new address about now. */
const LOOK_MS = 5_000

/**
 * Looks for another network and a certificate that runs out, until it is ended.
 * @param onChange gets what is to be used from now on
 * @returns ends it
 */
export function watchLan(options: LanOptions, onChange: (lan: Lan) => void): () => void {
  let last: Lan | undefined
  const look = (): void => {
    try {
      const lan = openLan(options)
      const changed =
        last && (last.credentials.cert !== lan.credentials.cert || String(last.hosts) !== String(lan.hosts))
      last = lan
      if (changed) onChange(lan)
    } catch (error) {
      // Between two networks there is none; and what is served goes on being served.
      if (!(error instanceof LanError)) throw error
    }
  }
  look()
  const timer = setInterval(look, options.lookMs ?? LOOK_MS).unref()
  return () => clearInterval(timer)
}

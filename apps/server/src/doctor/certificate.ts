/** What is wrong with a certificate, and what mends it. */
import { isIP } from 'node:net'
import { connect, type PeerCertificate } from 'node:tls'
import { causeOf, type Finding, ill, well } from './finding.ts'
import { type Look, placeOf } from './look.ts'

/** Days. Caddy renews when a third of the time is left: nobody comes this close without something being wrong. */
const SOON = 7
const DAY = 86_400_000

interface Presented {
  certificate: PeerCertificate
  /** OpenSSL's or Node's code for why browsers won't take it. */
  refusal: string | undefined
}

function present(look: Look, host: string, port: number): Promise<Presented> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: placeOf(look, host),
      port,
      ...(isIP(host) === 0 && { servername: host }),
      ...(look.ca && { ca: look.ca }),
      // Looked at even when it is no good: why is what matters.
      rejectUnauthorized: false,
      timeout: look.timeout,
    })
    socket.on('secureConnect', () => {
      const refusal = socket.authorized ? undefined : String(socket.authorizationError)
      resolve({ certificate: socket.getPeerCertificate(), refusal })
      socket.destroy()
    })
    socket.on('timeout', () => socket.destroy(new Error('no answer')))
    socket.on('error', reject)
  })
}

/** @param renewal who renews the certificate of this service, as the end of a sentence */
export async function checkCertificate(
  look: Look,
  { host, port, service, renewal }: { host: string; port: number; service: string; renewal: string },
): Promise<Finding> {
  const where = `${host}:${port}`
  const presented = await present(look, host, port).catch((error: unknown) => causeOf(error))
  if (typeof presented === 'string') {
    return ill(
      `${service}: no TLS at ${where} (${presented})`,
      `See that it is running, and that the firewall lets TCP ${port} in.`,
    )
  }
  const { certificate, refusal } = presented
  const names = certificate.subjectaltname?.replaceAll(/DNS:|IP Address:/g, '') ?? 'nobody'
  const ends = new Date(certificate.valid_to)
  const days = Math.floor((ends.getTime() - look.now()) / DAY)
  if (days < 0 || refusal === 'CERT_HAS_EXPIRED')
    return ill(`${service}: its certificate ended on ${ends.toISOString().slice(0, 10)}`, renewal)
  if (refusal === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return ill(
      `${service}: its certificate is for ${names}, not for ${host}`,
      `Get one for ${host}, or use the name that it is for in PUBLIC_ORIGIN and TURN_URLS.`,
    )
  if (refusal === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    return ill(
      `${service}: its certificate comes without the ones between it and its authority`,
      'Serve the full chain (fullchain.pem) instead of the certificate alone.',
    )
  if (refusal !== undefined)
    return ill(
      `${service}: no browser trusts its certificate (${refusal})`,
      'Get one from a public authority (Caddy does for a public name). If it is from an authority of your own, every device has to trust that one; tell the doctor with --ca FILE.',
    )
  if (days < SOON) return ill(`${service}: its certificate ends in ${days} days`, renewal)
  return well(`${service}: its certificate is for ${host}, and good for ${days} more days`)
}

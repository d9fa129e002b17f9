/** The certificate that a server in a local network has made itself, and offers to those who want to trust it. */

export const CERTIFICATE_PATH = '/trust/maru-ca.crt'

export type TrustOffer =
  | { state: 'looking' | 'none' | 'unreachable' }
  /** SHA-256, as systems show it: `AB:CD:…`. */
  | { state: 'offered'; fingerprint: string }

/** Of the very file that would be installed; other servers have none. */
export async function lookForCertificate(): Promise<TrustOffer> {
  try {
    const response = await fetch(CERTIFICATE_PATH, { cache: 'no-store' })
    if (response.status === 404) return { state: 'none' }
    if (!response.ok) return { state: 'unreachable' }
    const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer())
    const bytes = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'))
    return { state: 'offered', fingerprint: bytes.join(':').toUpperCase() }
  } catch {
    return { state: 'unreachable' }
  }
}

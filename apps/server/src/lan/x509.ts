/** Makes certificates: an authority that can vouch for private networks only, and what it signs for this server. */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

/** A certificate and its key, in one piece, so that no crash can leave one without the other. */
export interface Identity {
  certificate: X509Certificate
  key: KeyObject
}

/** Who a certificate is for. */
export interface Names {
  hosts: readonly string[]
  addresses: readonly string[]
}

export const DAY_MS = 86_400_000
const AUTHORITY_DAYS = 3_650
/** iOS and macOS refuse more than 398 days from public authorities and 825 from one's own; other systems follow. */
const SERVER_DAYS = 390
/** Clocks of phones and laptops differ; backdated by this much. */
const SLACK_MS = DAY_MS

/** X.520 (2.5.4): common name and organisation. RFC 5758: ECDSA with SHA-256. */
const COMMON_NAME = '2.5.4.3'
const ORGANISATION = '2.5.4.10'
const ECDSA_SHA256 = '1.2.840.10045.4.3.2'

/** What the authority may vouch for: whoever gets hold of its key can't pose as a site of the internet. */
const PERMITTED = {
  // RFC 5280, 4.2.1.10: a name permits everything below it.
  hosts: ['localhost', 'local'],
  ranges: [
    '127.0.0.0/8',
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '169.254.0.0/16',
    '::1/128',
    'fc00::/7',
    'fe80::/10',
  ],
} as const

/** @param owner what the certificate is called in a phone's settings, beside the app's name */
export function makeAuthority(owner: string, now: Date): Identity {
  const pair = makeKeys()
  const subject = makeName(owner)
  const subtrees = [
    ...PERMITTED.hosts.map((dNSName) => new GeneralName({ dNSName })),
    ...PERMITTED.ranges.map((iPAddress) => new GeneralName({ iPAddress })),
  ].map((base) => new GeneralSubtree({ base }))
  const constraints = new NameConstraints({ permittedSubtrees: new GeneralSubtrees(subtrees) })
  return issue({
    ...pair,
    subject,
    issuer: { subject, key: pair.privateKey },
    notBefore: new Date(now.getTime() - SLACK_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId(pair.publicKey))),
      extension(id_ce_nameConstraints, constraints, true),
    ],
  })
}

export function makeServerIdentity(authority: Identity, names: Names, now: Date): Identity {
  const pair = makeKeys()
  const { tbsCertificate } = AsnConvert.parse(authority.certificate.raw, Certificate)
  const until = Math.min(now.getTime() + SERVER_DAYS * DAY_MS, authority.certificate.validToDate.getTime())
  const alternatives = new SubjectAlternativeName([
    ...names.hosts.map((dNSName) => new GeneralName({ dNSName })),
    ...names.addresses.map((iPAddress) => new GeneralName({ iPAddress })),
  ])
  const authorityKey = new AuthorityKeyIdentifier({
    keyIdentifier: new KeyIdentifier(keyId(authority.certificate.publicKey)),
  })
  return issue({
    ...pair,
    subject: makeName(names.hosts[0] ?? 'this server'),
    issuer: { subject: tbsCertificate.subject, key: authority.key },
    notBefore: new Date(now.getTime() - SLACK_MS),
    notAfter: new Date(until),
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, alternatives),
      extension(id_ce_authorityKeyIdentifier, authorityKey),
    ],
  })
}

/** Key and certificate as PEM, the form in which they are kept and in which TLS takes them. */
export const toPem = ({ certificate, key }: Identity): string =>
  String(key.export({ type: 'pkcs8', format: 'pem' })) + certificate.toString()

/** @throws where the text is no key with the certificate that belongs to it */
export function fromPem(pem: string): Identity {
  const key = createPrivateKey(pem)
  const certificate = new X509Certificate(pem)
  if (!certificate.checkPrivateKey(key)) throw new Error('the key is not the key of the certificate')
  return { certificate, key }
}

interface Order {
  publicKey: KeyObject
  privateKey: KeyObject
  subject: Name
  issuer: { subject: Name; key: KeyObject }
  notBefore: Date
  notAfter: Date
  extensions: Extension[]
}

function issue(order: Order): Identity {
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_SHA256 })
  const spki = order.publicKey.export({ type: 'spki', format: 'der' })
  const serial = randomBytes(16)
  // Positive and as long as the others: RFC 5280, 4.1.2.2.
  serial[0] = (serial[0]! & 0x3f) | 0x40
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bytes(serial),
    signature: algorithm,
    issuer: order.issuer.subject,
    validity: new Validity({ notBefore: order.notBefore, notAfter: order.notAfter }),
    subject: order.subject,
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    extensions: new Extensions(order.extensions),
  })
  const signed = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), order.issuer.key)
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: bytes(signed),
  })
  return {
    certificate: new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))),
    key: order.privateKey,
  }
}

const makeKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

const makeName = (common: string): Name =>
  new Name(
    [
      [ORGANISATION, 'Maru'],
      [COMMON_NAME, `Maru on ${common}`],
    ].map(
      ([type, utf8String]) =>
        new RelativeDistinguishedName([
          new AttributeTypeAndValue({ type: type!, value: new AttributeValue({ utf8String: utf8String! }) }),
        ]),
    ),
  )

const extension = (extnID: string, value: unknown, critical = false): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })

/** RFC 5280, 4.2.1.2, method 1: of the key's bits alone. */
function keyId(key: KeyObject): ArrayBuffer {
  const spki = AsnConvert.parse(key.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo)
  return bytes(createHash('sha1').update(Buffer.from(spki.subjectPublicKey)).digest())
}

/** Of exactly these bytes: a Buffer's memory is a part of a bigger one. */
const bytes = (buffer: Buffer): ArrayBuffer => new Uint8Array(buffer).buffer

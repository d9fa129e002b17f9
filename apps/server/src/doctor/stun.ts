/** STUN messages (RFC 8489 §5, §14) with TURN's methods and attributes (RFC 8656 §17, §18), to bytes and back. */
import { createHmac, randomBytes } from 'node:crypto'
import ipaddr from 'ipaddr.js'

export const METHOD = {
  binding: 0x1,
  allocate: 0x3,
  refresh: 0x4,
  send: 0x6,
  data: 0x7,
  createPermission: 0x8,
  channelBind: 0x9,
  /** RFC 6062. */
  connect: 0xa,
} as const

const KIND = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const
type StunKind = keyof typeof KIND

export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
} as const

const COOKIE = 0x2112a442
const HEADER = 20

export type Attribute = readonly [type: number, value: Buffer]

export interface StunMessage {
  kind: StunKind
  method: number
  /** 12 bytes. */
  transactionId: Buffer
  attributes: Attribute[]
}

/** An address in any notation, IPv4-mapped IPv6 too, which stays IPv6; and a port. */
export interface Endpoint {
  address: string
  port: number
}

export const makeTransactionId = (): Buffer => randomBytes(12)

/** @param key of RFC 8489 §9.2.2; with it the message is signed */
export function encodeStun(message: StunMessage, key?: Buffer): Buffer {
  const parts = message.attributes.map(([type, value]) => encodeAttribute(type, value))
  if (key) {
    // Signed is everything before, under a length that counts the signature in.
    const signed = withHeader(message, parts, 24)
    const signature = createHmac('sha1', key).update(signed).digest()
    parts.push(encodeAttribute(ATTRIBUTE.messageIntegrity, signature))
  }
  return withHeader(message, parts, 0)
}

function withHeader({ kind, method, transactionId }: StunMessage, parts: Buffer[], more: number): Buffer {
  const body = Buffer.concat(parts)
  const header = Buffer.alloc(HEADER)
  header.writeUInt16BE(KIND[kind] | method, 0)
  header.writeUInt16BE(body.length + more, 2)
  header.writeUInt32BE(COOKIE, 4)
  transactionId.copy(header, 8)
  return Buffer.concat([header, body])
}

function encodeAttribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(value.length, 2)
  value.copy(bytes, 4)
  return bytes
}

/** Undefined for what is no STUN message. */
export function decodeStun(bytes: Buffer): StunMessage | undefined {
  if (bytes.length < HEADER || bytes.readUInt32BE(4) !== COOKIE) return undefined
  const type = bytes.readUInt16BE(0)
  const kind = (Object.keys(KIND) as StunKind[]).find((name) => KIND[name] === (type & 0x110))
  if (kind === undefined || bytes.length < HEADER + bytes.readUInt16BE(2)) return undefined
  const attributes: Attribute[] = []
  const end = HEADER + bytes.readUInt16BE(2)
  for (let at = HEADER; at + 4 <= end;) {
    const length = bytes.readUInt16BE(at + 2)
    if (at + 4 + length > end) return undefined
    attributes.push([bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length)])
    at += 4 + Math.ceil(length / 4) * 4
  }
  return { kind, method: type & ~0x110, transactionId: bytes.subarray(8, HEADER), attributes }
}

export const attributeOf = (message: StunMessage, type: number): Buffer | undefined =>
  message.attributes.find(([found]) => found === type)?.[1]

/** RFC 8489 §14.8. */
export function errorCodeOf(message: StunMessage): { code: number; reason: string } {
  const value = attributeOf(message, ATTRIBUTE.errorCode) ?? Buffer.alloc(4)
  return { code: (value[2]! & 7) * 100 + value[3]!, reason: value.subarray(4).toString('utf8') }
}

/** RFC 8489 §14.2: the XOR keeps meddling NATs from finding an address in the payload. */
function xor(bytes: Buffer, transactionId: Buffer): Buffer {
  const mask = Buffer.alloc(16)
  mask.writeUInt32BE(COOKIE, 0)
  transactionId.copy(mask, 4)
  return Buffer.from(bytes.map((byte, i) => byte ^ mask[i]!))
}

export function encodeAddress({ address, port }: Endpoint, transactionId: Buffer): Buffer {
  const bytes = Buffer.from(ipaddr.parse(address).toByteArray())
  const head = Buffer.alloc(4)
  head[1] = bytes.length === 4 ? 1 : 2
  head.writeUInt16BE(port ^ (COOKIE >>> 16), 2)
  return Buffer.concat([head, xor(bytes, transactionId)])
}

/** Undefined where the attribute is missing or no address. */
export function addressOf(message: StunMessage, type: number): Endpoint | undefined {
  const value = attributeOf(message, type)
  if (value === undefined || (value.length !== 8 && value.length !== 20)) return undefined
  const address = ipaddr.fromByteArray([...xor(value.subarray(4), message.transactionId)]).toString()
  return { address, port: value.readUInt16BE(2) ^ (COOKIE >>> 16) }
}

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A TURN client (RFC 8656) that looks at a server as a browser's does, and asks for what no browser would. */
import { createHash } from 'node:crypto'
import {
  ATTRIBUTE,
  addressOf,
  type Attribute,
  attributeOf,
  decodeStun,
  encodeAddress,
  encodeStun,
  type Endpoint,
  errorCodeOf,
  makeTransactionId,
  METHOD,
  type StunMessage,
  uint32,
} from './stun.ts'
import { openWire, type TurnAddress, type Wire } from './turn-wire.ts'

/** The server said no. Codes: RFC 8489 §14.8, RFC 8656 §19. */
export class TurnRefusal extends Error {
  readonly code: number

  constructor(code: number, reason: string) {
    super(`${code} ${reason}`)
    this.code = code
  }
}

export interface TurnCredentials {
  username: string
  credential: string
}

export interface TurnClientOptions {
  credentials?: TurnCredentials | undefined
  /** PEM, for TLS. Undefined: the authorities that Node trusts. */
  ca?: string | undefined
  /** The name that its certificate is asked for. Undefined: the host's. */
  name?: string
  anyCertificate?: boolean
  /** Milliseconds that an answer may take. */
  timeout?: number
}

export interface TurnData {
  from: Endpoint
  data: Buffer
}

export interface AllocateOptions {
  /** IANA protocol number: 17 is UDP, 6 TCP (RFC 6062). */
  protocol?: number
  ipv6?: boolean
}

interface Session {
  realm: Buffer
  nonce: Buffer
  key: Buffer
}

const RESEND_MS = 400

export class TurnClient {
  readonly #options: TurnClientOptions
  readonly #waiting = new Map<string, (message: StunMessage | Error) => void>()
  readonly #received: TurnData[] = []
  readonly #channels = new Map<number, Endpoint>()
  #onReceived: (() => void) | undefined
  #wire: Wire | undefined
  #session: Session | undefined
  #ended: Error | undefined

  private constructor(options: TurnClientOptions) {
    this.#options = options
  }

  /** Rejects where there is no connection: for UDP that shows only with the first request. */
  static async connect(address: TurnAddress, options: TurnClientOptions = {}): Promise<TurnClient> {
    const client = new TurnClient(options)
    client.#wire = await openWire(
      address,
      {
        onMessage: (message) => client.#gotMessage(message),
        onEnd: (error) => client.#end(error ?? new Error('the connection was closed')),
      },
      { ...options, timeout: client.#timeout },
    )
    return client
  }

  get #timeout(): number {
    return this.#options.timeout ?? 3_000
  }

  /** This side's address as the server sees it. */
  async reflect(): Promise<Endpoint> {
    return this.#addressIn(await this.#ask(METHOD.binding, []), ATTRIBUTE.xorMappedAddress)
  }

  /** Asks for a relay. Answers with its address. */
  async allocate({ protocol = 17, ipv6 = false }: AllocateOptions = {}): Promise<Endpoint> {
    const wanted: Attribute[] = [[ATTRIBUTE.requestedTransport, Buffer.from([protocol, 0, 0, 0])]]
    if (ipv6) wanted.push([ATTRIBUTE.requestedAddressFamily, Buffer.from([2, 0, 0, 0])])
    return this.#addressIn(await this.#ask(METHOD.allocate, wanted), ATTRIBUTE.xorRelayedAddress)
  }

  /** @param lifetime seconds; 0 gives the relay back */
  async refresh(lifetime: number): Promise<void> {
    await this.#ask(METHOD.refresh, [[ATTRIBUTE.lifetime, uint32(lifetime)]])
  }

  async permit(peer: Endpoint): Promise<void> {
    await this.#ask(METHOD.createPermission, (id) => [[ATTRIBUTE.xorPeerAddress, encodeAddress(peer, id)]])
  }

  /** @param channel 0x4000 to 0x4fff */
  async bindChannel(channel: number, peer: Endpoint): Promise<void> {
    await this.#ask(METHOD.channelBind, (id) => [
      [ATTRIBUTE.channelNumber, uint32(channel * 0x10000)],
      [ATTRIBUTE.xorPeerAddress, encodeAddress(peer, id)],
    ])
    this.#channels.set(channel, peer)
  }

  /** RFC 6062: asks the server to open a TCP connection to somebody. */
  async connectTo(peer: Endpoint): Promise<void> {
    await this.#ask(METHOD.connect, (id) => [[ATTRIBUTE.xorPeerAddress, encodeAddress(peer, id)]])
  }

  send(peer: Endpoint, data: Buffer): void {
    const transactionId = makeTransactionId()
    const attributes: Attribute[] = [
      [ATTRIBUTE.xorPeerAddress, encodeAddress(peer, transactionId)],
      [ATTRIBUTE.data, data],
    ]
    this.#wire?.write(encodeStun({ kind: 'indication', method: METHOD.send, transactionId, attributes }))
  }

  sendOnChannel(channel: number, data: Buffer): void {
    const bytes = Buffer.alloc(4 + Math.ceil(data.length / 4) * 4)
    bytes.writeUInt16BE(channel, 0)
    bytes.writeUInt16BE(data.length, 2)
    data.copy(bytes, 4)
    this.#wire?.write(bytes)
  }

  /** The next that comes through the relay; undefined if nothing does within the time. */
  async receive(timeout = this.#timeout): Promise<TurnData | undefined> {
    if (this.#received.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeout)
        this.#onReceived = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#onReceived = undefined
    }
    return this.#received.shift()
  }

  close(): void {
    this.#end(new Error('closed'))
    this.#wire?.close()
    this.#wire = undefined
  }

  /** Sends a request and, when the server asks who that is (401) or has a new nonce (438), sends it again, signed. */
  async #ask(
    method: number,
    attributes: Attribute[] | ((transactionId: Buffer) => Attribute[]),
  ): Promise<StunMessage> {
    for (let challenges = 0; ; challenges++) {
      const transactionId = makeTransactionId()
      const asked = typeof attributes === 'function' ? attributes(transactionId) : attributes
      const session = this.#session
      const answer = await this.#transact(
        encodeStun(
          {
            kind: 'request',
            method,
            transactionId,
            attributes: session ? [...asked, ...this.#signatureOf(session)] : asked,
          },
          session?.key,
        ),
        transactionId,
      )
      if (answer.kind === 'success') return answer
      const { code, reason } = errorCodeOf(answer)
      const mayTryAgain = code === 438 ? challenges < 3 : code === 401 && session === undefined
      if (!mayTryAgain || !this.#gotChallenge(answer)) throw new TurnRefusal(code, reason)
    }
  }

  #signatureOf({ realm, nonce }: Session): Attribute[] {
    const username = Buffer.from(this.#options.credentials?.username ?? '')
    return [
      [ATTRIBUTE.username, username],
      [ATTRIBUTE.realm, realm],
      [ATTRIBUTE.nonce, nonce],
    ]
  }

  #gotChallenge(answer: StunMessage): boolean {
    const { credentials } = this.#options
    const realm = attributeOf(answer, ATTRIBUTE.realm) ?? this.#session?.realm
    const nonce = attributeOf(answer, ATTRIBUTE.nonce)
    if (!credentials || !realm || !nonce) return false
    const text = `${credentials.username}:${realm.toString('utf8')}:${credentials.credential}`
    this.#session = { realm, nonce, key: createHash('md5').update(text).digest() }
    return true
  }

  #transact(bytes: Buffer, transactionId: Buffer): Promise<StunMessage> {
    const id = transactionId.toString('hex')
    return new Promise((resolve, reject) => {
      if (this.#ended || !this.#wire) return reject(this.#ended ?? new Error('closed'))
      const wire = this.#wire
      wire.write(bytes)
      const again = wire.reliable ? undefined : setInterval(() => wire.write(bytes), RESEND_MS)
      const late = setTimeout(() => this.#waiting.get(id)?.(new Error('no answer')), this.#timeout)
      this.#waiting.set(id, (outcome) => {
        this.#waiting.delete(id)
        clearInterval(again)
        clearTimeout(late)
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      })
    })
  }

  #gotMessage(bytes: Buffer): void {
    if (bytes[0]! >> 6 === 1) {
      const from = this.#channels.get(bytes.readUInt16BE(0))
      return from && this.#gotData({ from, data: bytes.subarray(4, 4 + bytes.readUInt16BE(2)) })
    }
    const message = decodeStun(bytes)
    if (message?.kind === 'success' || message?.kind === 'error') {
      this.#waiting.get(message.transactionId.toString('hex'))?.(message)
    } else if (message?.method === METHOD.data) {
      const from = addressOf(message, ATTRIBUTE.xorPeerAddress)
      const data = attributeOf(message, ATTRIBUTE.data)
      if (from && data) this.#gotData({ from, data })
    }
  }

  #gotData(received: TurnData): void {
    this.#received.push(received)
    this.#onReceived?.()
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const settle of this.#waiting.values()) settle(error)
  }

  #addressIn(message: StunMessage, type: number): Endpoint {
    const address = addressOf(message, type)
    if (!address) throw new Error('an answer without an address')
    return address
  }
}

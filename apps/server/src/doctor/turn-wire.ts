/** The three ways to a TURN server: whole messages in, whole messages out, whatever carries them. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect as connectTcp, isIP, isIPv6, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export type TurnTransport = 'udp' | 'tcp' | 'tls'

export interface TurnAddress {
  host: string
  port: number
  transport: TurnTransport
}

export interface Wire {
  /** UDP loses messages; the others don't. */
  readonly reliable: boolean
  write(message: Buffer): void
  close(): void
}

export interface WireHandlers {
  onMessage(message: Buffer): void
  onEnd(error?: Error): void
}

export interface WireOptions {
  /** PEM. Undefined: the authorities that Node trusts. */
  ca?: string | undefined
  /** The name that the certificate is asked for. Undefined: the host's. */
  name?: string
  anyCertificate?: boolean
  /** Milliseconds. */
  timeout: number
}

/** Rejects where there is no connection within the time. */
export function openWire(address: TurnAddress, handlers: WireHandlers, options: WireOptions): Promise<Wire> {
  return address.transport === 'udp' ? openUdp(address, handlers) : openStream(address, handlers, options)
}

async function openUdp({ host, port }: TurnAddress, handlers: WireHandlers): Promise<Wire> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  try {
    socket.connect(port, host)
    await once(socket, 'connect')
  } catch (error) {
    socket.close()
    throw error
  }
  socket.on('message', (message) => handlers.onMessage(message))
  // A closed port answers with an error on the socket: the same as no answer.
  socket.on('error', (error) => handlers.onEnd(error))
  return {
    reliable: false,
    write: (message) => socket.send(message),
    close: () => socket.close(),
  }
}

async function openStream(
  { host, port, transport }: TurnAddress,
  handlers: WireHandlers,
  { ca, name = host, anyCertificate = false, timeout }: WireOptions,
): Promise<Wire> {
  const socket: Socket =
    transport === 'tls'
      ? connectTls({
          host,
          port,
          rejectUnauthorized: !anyCertificate,
          ...(isIP(name) === 0 && { servername: name }),
          ...(ca && { ca }),
        })
      : connectTcp({ host, port })
  const late = setTimeout(() => socket.destroy(new Error('no answer')), timeout)
  try {
    await once(socket, transport === 'tls' ? 'secureConnect' : 'connect')
  } finally {
    clearTimeout(late)
  }
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let size = sizeOf(rest); size !== undefined && rest.length >= size; size = sizeOf(rest)) {
      handlers.onMessage(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
  })
  socket.on('error', (error) => handlers.onEnd(error))
  socket.on('close', () => handlers.onEnd())
  return {
    reliable: true,
    write: (message) => socket.write(message),
    close: () => socket.destroy(),
  }
}

/** How long the message is that a stream begins with (RFC 8656 §12.5: channel data is padded to four bytes). */
function sizeOf(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined
  const length = bytes.readUInt16BE(2)
  return bytes[0]! >> 6 === 0 ? 20 + length : 4 + Math.ceil(length / 4) * 4
}

/**
 * Which port a NAT gives one socket toward each server, as a program: `node stun-mappings.ts ADDRESS PORT …`.
 * Prints the mapped addresses as JSON, in that order (STUN binding requests, RFC 8489 §14.2).
 */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'

const MAGIC = 0x2112_a442
const BINDING_REQUEST = 0x0001
const XOR_MAPPED_ADDRESS = 0x0020
const HEADER = 20

function mappedAddress(answer: Buffer): string {
  for (let at = HEADER; at + 4 <= answer.length;) {
    const length = answer.readUInt16BE(at + 2)
    if (answer.readUInt16BE(at) === XOR_MAPPED_ADDRESS) {
      const port = answer.readUInt16BE(at + 6) ^ (MAGIC >>> 16)
      const address = (answer.readUInt32BE(at + 8) ^ MAGIC) >>> 0
      return `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')}:${port}`
    }
    at += 4 + length + ((4 - (length % 4)) % 4)
  }
  throw new Error('an answer without XOR-MAPPED-ADDRESS')
}

const socket = createSocket('udp4')
const ask = (address: string, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const id = randomBytes(12)
    const header = Buffer.alloc(8)
    header.writeUInt16BE(BINDING_REQUEST, 0)
    header.writeUInt32BE(MAGIC, 4)
    const timer = setTimeout(() => reject(new Error(`no answer from ${address}:${port}`)), 3_000)
    socket.on('message', (answer) => {
      if (!answer.subarray(8, HEADER).equals(id)) return
      clearTimeout(timer)
      resolve(mappedAddress(answer))
    })
    socket.send(Buffer.concat([header, id]), port, address)
  })

const servers = process.argv.slice(2)
const mapped: string[] = []
for (let i = 0; i < servers.length; i += 2) mapped.push(await ask(servers[i]!, Number(servers[i + 1])))
socket.close()
process.stdout.write(JSON.stringify(mapped))

/** JSON for tRPC's frames: an event that goes to many is turned into text once. */
import type { Encoder } from '@trpc/server/adapters/ws'

interface DataMessage {
  id: number | string
  jsonrpc?: '2.0'
  result: { type: 'data'; id?: string; data: unknown }
}

/** Events never change once they are built, and are forgotten with the last queue that holds them. */
const texts = new WeakMap<object, string>()

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  let text = texts.get(value)
  if (text === undefined) texts.set(value, (text = JSON.stringify(value)))
  return text
}

function isData(message: unknown): message is DataMessage {
  const { result, jsonrpc } = message as { result?: { type?: string }; jsonrpc?: string }
  return result?.type === 'data' && jsonrpc === undefined
}

function encode(message: unknown): string {
  if (!isData(message)) return JSON.stringify(message)
  const id = JSON.stringify(message.id)
  if (message.result.id === undefined) {
    const text = textOf(message.result.data)
    return text === undefined
      ? JSON.stringify(message)
      : `{"id":${id},"result":{"type":"data","data":${text}}}`
  }
  // tRPC sends a tracked event as {id, data}, with the id once more beside it.
  const eventId = JSON.stringify(message.result.id)
  const text = textOf((message.result.data as { data: unknown }).data)
  return `{"id":${id},"result":{"type":"data","id":${eventId},"data":{"id":${eventId},"data":${text}}}}`
}

export const encoder: Encoder = {
  encode,
  decode: (data) => {
    if (typeof data !== 'string') throw new TypeError('binary frame')
    return JSON.parse(data) as unknown
  },
}

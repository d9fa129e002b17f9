/** JSON for tRPC's frames: an event that goes to many is turned into text once. */
import { Delivery } from '../rooms/member-queue.ts'

/** Events never change once they are built, and are forgotten with the last queue that holds them. */
const texts = new WeakMap<object, string>()

function textOf(event: object): string {
  let text = texts.get(event)
  if (text === undefined) texts.set(event, (text = JSON.stringify(event)))
  return text
}

/** What a call answers, or one event of a subscription. */
export function dataMessage(id: number | string, data: unknown): string {
  const head = `{"id":${JSON.stringify(id)},"result":{"type":"data",`
  if (!(data instanceof Delivery)) return `${head}"data":${JSON.stringify(data)}}}`
  // tRPC has a tracked event as {id, data}, with the id once more beside it.
  const eventId = JSON.stringify(data.id)
  return `${head}"id":${eventId},"data":{"id":${eventId},"data":${textOf(data.data)}}}}`
}

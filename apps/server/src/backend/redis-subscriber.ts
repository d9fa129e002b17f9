/** The connection that listens: it notices within about four seconds that it is dead, and tells when it is live again. */
import { once } from 'node:events'
import { RoomError } from '@maru/api-types'
import { Redis } from 'ioredis'
import type { BackendLogger } from './listeners.ts'
import { COMMAND_TIMEOUT, CONNECTION_OPTIONS, reportTransitions, translate } from './redis-connection.ts'

interface ChannelHandler {
  message(text: string): void
  /** Listening again. What was published in between was not heard. */
  live(): void
}

export interface RedisSubscriber {
  /** Resolves once the channel is listened to; throws `unavailable` otherwise. One handler for each channel. */
  subscribe(channel: string, handler: ChannelHandler): Promise<void>
  unsubscribe(channel: string): void
  close(): void
}

/** Milliseconds. A subscriber only reads, so without asking it would never notice a silent network. */
const PING_EVERY = 2_000

export function connectSubscriber(url: string, logger?: BackendLogger): RedisSubscriber {
  const handlers = new Map<string, ChannelHandler>()
  // Subscriptions are kept here and made anew on `ready`: what ioredis would queue and resend by itself could
  // neither be taken back nor be told from what is live.
  const redis = new Redis(url, {
    ...CONNECTION_OPTIONS,
    maxRetriesPerRequest: null,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
  })
  // As many as there are rooms may wait for it to become ready.
  redis.setMaxListeners(0)
  reportTransitions(redis, { connection: 'subscriber', ...(logger && { logger }) })
  const reconnect = (): void => redis.disconnect(true)

  redis.on('message', (channel: string, text: string) => handlers.get(channel)?.message(text))
  redis.on('ready', () => {
    const channels = [...handlers.keys()]
    if (channels.length === 0) return
    redis.subscribe(...channels).then(() => {
      for (const channel of channels) handlers.get(channel)?.live()
    }, reconnect)
  })
  const pinging = setInterval(() => {
    if (redis.status === 'ready') redis.ping().catch(reconnect)
  }, PING_EVERY).unref()

  function unsubscribe(channel: string): void {
    handlers.delete(channel)
    // Where it can't be said, the connection is gone and its subscriptions with it.
    redis.unsubscribe(channel).catch(() => undefined)
  }

  return {
    async subscribe(channel, handler) {
      handlers.set(channel, handler)
      try {
        if (redis.status === 'end') throw new RoomError('unavailable')
        if (redis.status !== 'ready') {
          await once(redis, 'ready', { signal: AbortSignal.timeout(COMMAND_TIMEOUT) })
        }
        await redis.subscribe(channel)
      } catch (error) {
        if (handlers.get(channel) === handler) unsubscribe(channel)
        throw translate(error)
      }
    },
    unsubscribe,
    close() {
      clearInterval(pinging)
      handlers.clear()
      redis.disconnect()
    },
  }
}

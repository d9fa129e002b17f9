/** One question to Redis over a connection of its own, from outside of every replica. */
import { connect } from 'node:net'

/**
 * @param command as one would type it: Redis reads such lines too (its "inline commands")
 * @returns the first line of the answer without its type, or of what was returned
 */
export async function askRedis(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    return await new Promise<string>((resolve, reject) => {
      let text = ''
      socket.setTimeout(5_000, () => reject(new Error(`Redis doesn't answer: ${command}`)))
      socket.on('error', reject)
      socket.on('close', () => reject(new Error(`Redis hung up: ${command}`)))
      socket.on('data', (data: Buffer) => {
        text += data.toString()
        const [first] = text.split('\r\n', 1)
        if (!text.includes('\r\n')) return
        if (first!.startsWith('-')) reject(new Error(`${command}: ${first!}`))
        else resolve(first!.slice(1))
      })
      socket.write(`${command}\r\n`)
    })
  } finally {
    socket.destroy()
  }
}

/** How many keys the rooms have; what is counted by address comes and goes with those who come. */
export const countRoomKeys = async (url: string): Promise<number> =>
  Number(await askRedis(url, `EVAL "return #redis.call('KEYS', '{room*')" 0`))

/** How many are inside, in all rooms. */
export const countInside = async (url: string): Promise<number> =>
  Number(
    await askRedis(
      url,
      `EVAL "local n = 0 for _, key in ipairs(redis.call('KEYS', '{room:*}:peers')) do n = n + redis.call('HLEN', key) end return n" 0`,
    ),
  )

/** One stretch of network: a TCP proxy that can fall silent in one direction or in both, or cut everything at once. */
import { connect, createServer, type Socket } from 'node:net'

type Direction = 'forth' | 'back'

export interface Link extends AsyncDisposable {
  port: number
  /**
   * From now on nothing passes in these directions, on connections that are up and on new ones, and nobody is told. As
   * in a network, what is underway isn't lost: it waits, the ends of connections too.
   */
  hold(...directions: Direction[]): void
  /** What has waited arrives, late. */
  release(): void
  /** Every connection dies at once; new ones are taken. */
  cut(): void
  /** No new connection is taken any more, as by somebody who has stopped to listen; those that are up stay. */
  refuse(): void
}

interface Pipe {
  direction: Direction
  from: Socket
  to: Socket
}

export async function startLink(target: number): Promise<Link> {
  const held = new Set<Direction>()
  const pipes = new Set<Pipe>()

  function flow({ direction, from }: Pipe): void {
    if (held.has(direction)) from.pause()
    else from.resume()
  }

  function join(pipe: Pipe): void {
    const { from, to } = pipe
    pipes.add(pipe)
    // Once it flows again where nobody reads any more.
    from.on('error', () => from.destroy())
    from.on('data', (chunk) => {
      if (!to.write(chunk)) {
        from.pause()
        to.once('drain', () => flow(pipe))
      }
    })
    // Only comes where it is read: a paused side's end waits, like its data.
    from.on('end', () => to.end())
    from.on('close', () => {
      pipes.delete(pipe)
      if (held.has(pipe.direction)) waiting.add(() => to.destroy())
      else to.destroy()
    })
    flow(pipe)
  }

  const waiting = new Set<() => void>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
    join({ direction: 'forth', from: near, to: far })
    join({ direction: 'back', from: far, to: near })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  const cut = (): void => {
    for (const { from } of pipes) from.resetAndDestroy()
  }
  return {
    port: address.port,
    hold(...directions) {
      for (const direction of directions) held.add(direction)
      for (const pipe of pipes) flow(pipe)
    },
    release() {
      held.clear()
      for (const pipe of pipes) flow(pipe)
      for (const end of waiting) end()
      waiting.clear()
    },
    cut,
    refuse: () => void server.close(),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      for (const end of waiting) end()
      await closed
    },
  }
}

/** The crowds of a measurement, each in its process, spoken to as if they were one. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { CrowdOptions } from './crowd.ts'
import type { Answer, Call, CrowdMethods } from './crowd-process.ts'

type Result<M extends keyof CrowdMethods> = Awaited<ReturnType<CrowdMethods[M]>>

export interface Crowds extends AsyncDisposable {
  /** Asks all of them at once; the answers in their order. */
  ask<M extends keyof CrowdMethods>(method: M, ...args: Parameters<CrowdMethods[M]>): Promise<Result<M>[]>
}

/** Members that one process can play without being late itself. */
const EACH = 700

export function startCrowds({ rooms, members }: { rooms: number; members: number }): Crowds {
  const count = Math.min(rooms, Math.ceil((rooms * members) / EACH))
  const children = Array.from({ length: count }, (_, number) => {
    const share = Math.floor(rooms / count) + (number < rooms % count ? 1 : 0)
    return startCrowd({ rooms: share, members, number })
  })
  return {
    ask: (method, ...args) =>
      Promise.all(children.map(({ ask }) => ask(method, args))) as Promise<Result<typeof method>[]>,
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map(({ end }) => end()))
    },
  }
}

function startCrowd(options: CrowdOptions) {
  const file = fileURLToPath(new URL('crowd-process.ts', import.meta.url))
  const child: ChildProcess = fork(file, [JSON.stringify(options)], { execArgv: [] })
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let lastId = 0
  child.on('message', ({ id, result, error }: Answer) => {
    const call = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(`A crowd failed: ${error}`))
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`A crowd ended by itself: ${code}`))
  })
  return {
    ask(method: string, args: unknown[]): Promise<unknown> {
      const id = ++lastId
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        child.send({ id, method, args } satisfies Call)
      })
    },
    async end(): Promise<void> {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

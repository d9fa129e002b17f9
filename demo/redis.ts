/** A Redis for this demo alone: the machine's own, or Docker's. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../apps/server/src/backend/start-redis.ts'

export type RedisSource = 'redis-server' | 'docker'

export interface Redis extends AsyncDisposable {
  url: string
  /** Settles when it has ended, asked or not. */
  ended: Promise<void>
}

const IMAGE = 'redis:8'
/** Docker may have to fetch the image first. */
const PATIENCE_MS = { 'redis-server': 10_000, docker: 180_000 } as const
const FLAGS = ['--save', '', '--appendonly', 'no']

export async function startRedis(source: RedisSource, signal: AbortSignal): Promise<Redis> {
  const port = await freePort()
  const { child, release } = source === 'docker' ? startContainer(port) : await startProcess(port)
  let why = ''
  child.stderr?.on('data', (chunk: Buffer) => (why = `${why}${chunk.toString()}`.slice(-2_000)))
  let over = false
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => resolve(void (why = error.message)))
    child.once('exit', () => resolve())
  })
  void ended.then(() => (over = true))
  const redis: Redis = {
    url: `redis://127.0.0.1:${port}`,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await Promise.race([ended, pause(2_000, undefined, { ref: false })])
      child.kill('SIGKILL')
      await ended
      await release()
    },
  }
  const deadline = Date.now() + PATIENCE_MS[source]
  while (!(await answers(port))) {
    if (!over && Date.now() < deadline && !signal.aborted) {
      await pause(100)
      continue
    }
    await redis[Symbol.asyncDispose]()
    signal.throwIfAborted()
    throw new Error(`Redis (${source}) doesn't answer.\n${why}`)
  }
  return redis
}

interface Started {
  child: ChildProcess
  release: () => Promise<void>
}

async function startProcess(port: number): Promise<Started> {
  const directory = await mkdtemp(join(tmpdir(), 'maru-demo-redis-'))
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, ...FLAGS]
  const child = spawn('redis-server', flags, { stdio: ['ignore', 'ignore', 'pipe'] })
  return { child, release: () => rm(directory, { recursive: true, force: true }) }
}

function startContainer(port: number): Started {
  const name = `maru-demo-${process.pid}`
  const child = spawn(
    'docker',
    ['run', '--rm', '--name', name, '--publish', `127.0.0.1:${port}:6379`, IMAGE].concat(
      // An image of another make than the official one may answer its own host only.
      ['redis-server', '--protected-mode', 'no', ...FLAGS],
    ),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  // The command may end before the container does, and leave it behind.
  const release = async () => void spawnSync('docker', ['rm', '--force', name], { stdio: 'ignore' })
  return { child, release }
}

/** Docker's own proxy takes connections for a container that isn't up yet: only a PONG counts. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(1_000, () => socket.destroy())
    socket.once('data', (chunk) => {
      resolve(chunk.toString().startsWith('+PONG'))
      socket.destroy()
    })
    socket.once('error', () => socket.destroy())
    socket.once('close', () => resolve(false))
  })
}

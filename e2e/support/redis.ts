/** A real Redis for one test: the machine's own `redis-server` on a free port, with nothing kept on disk. */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { freePort } from './server.ts'

export interface Redis extends AsyncDisposable {
  url: string
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

export async function startRedis(): Promise<Redis> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  let failure: Error | undefined
  child.once('error', (error) => (failure = error))
  for (let tries = 0; !(await answers(port)); tries++) {
    if (failure || child.exitCode !== null || tries > 100)
      throw new Error('redis-server does not start: apt-get install redis-server', { cause: failure })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Bundles the page, serves it and passes messages on. Prints its port once it listens; ends with its standard input. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Server } from 'socket.io'
import { build } from 'vite'

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' }

/** Every file of the page by its path, as an ordinary web server sends it. */
async function bundle() {
  const outDir = await mkdtemp(join(tmpdir(), 'maru-react-mesh-'))
  try {
    const root = fileURLToPath(new URL('.', import.meta.url))
    await build({ root, configFile: false, logLevel: 'error', build: { outDir, emptyOutDir: true } })
    const names = await readdir(outDir, { recursive: true, withFileTypes: true })
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return new Map(
      await Promise.all(files.map(async (path) => [path.slice(outDir.length), await readFile(path)])),
    )
  } finally {
    await rm(outDir, { recursive: true, force: true })
  }
}

const files = await bundle()
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const path = pathname === '/' ? '/index.html' : pathname
  const body = files.get(path)
  if (!body) return response.writeHead(404).end()
  // The names of what is bundled change with what is in it.
  const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  response.writeHead(200, { 'content-type': TYPES[extname(path)], 'cache-control': cache }).end(body)
})

new Server(server).on('connection', (socket) => {
  socket.on('join', async (room) => {
    const others = await socket.in(room).fetchSockets()
    socket.emit(
      'all-users',
      others.map(({ id }) => id),
    )
    await socket.join(room)
  })
  for (const event of ['offer', 'answer', 'candidate'])
    socket.on(event, ({ to, ...message }) => socket.to(to).emit(event, { from: socket.id, ...message }))
  socket.on('disconnecting', () => {
    for (const room of socket.rooms) socket.to(room).emit('user-left', socket.id)
  })
})

process.stdin.resume().on('end', () => process.exit())
server.listen(0, '127.0.0.1', () => console.log(server.address().port))

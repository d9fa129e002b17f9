/** Plants a breach of each dependency rule in a copy, next to a lawful twin, and sees oxlint refuse the one and pass the other. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
let copy: string

// A copy of its own: a planted file in the checkout would outlive a killed run.
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'maru-lint-'))
  copyFileSync(join(root, '.oxlintrc.json'), join(copy, '.oxlintrc.json'))
})
afterEach(() => rmSync(copy, { recursive: true, force: true }))

function plant(path: string, text: string): void {
  const file = join(copy, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

interface Report {
  diagnostics: { code: string; message: string; help?: string; filename: string }[]
}

/** What oxlint says about a rule, as `file: help`. */
function lint(rule: string): string[] {
  const oxlint = join(root, 'node_modules/.bin/oxlint')
  const { stdout, stderr } = spawnSync(oxlint, ['--format=json'], { cwd: copy, encoding: 'utf8' })
  let report: Report
  try {
    report = JSON.parse(stdout) as Report
  } catch {
    throw new Error(`oxlint didn't report: ${stdout}${stderr}`)
  }
  return report.diagnostics
    .filter(({ code }) => code.includes(rule))
    .map(({ filename, help, message }) => `${filename}: ${help ?? message}`)
}

const value = (from: string) => `import * as planted from '${from}'\nexport const used = planted\n`
const type = (from: string) => `import type { Planted } from '${from}'\nexport type Used = Planted\n`
const dynamic = (from: string) => `export const used = () => import('${from}')\n`

/** Where, what is refused there, and (a twin that shows the rule refuses no more than it should) what isn't. */
const rules: [file: string, refused: string, allowed: string][] = [
  ['packages/api-types/src/planted.ts', value('node:fs'), value('zod')],
  ['packages/api-types/src/planted.ts', value('@trpc/server'), value('./room.ts')],
  ['packages/api-types/src/planted.ts', type('@trpc/server'), type('./room.ts')],
  ['packages/api-types/src/planted.ts', dynamic('node:fs'), dynamic('./room.ts')],
  ['packages/api-types/src/planted.ts', value('../../../apps/server/src/rooms.ts'), value('./ids.ts')],

  ['apps/server/src/rooms.ts', value('./backend/redis.ts'), type('./backend/backend.ts')],
  ['apps/server/src/rooms.ts', value('./backend/memory.ts'), value('@maru/api-types')],
  ['apps/server/src/rooms.ts', type('@trpc/server'), type('@maru/api-types')],
  ['apps/server/src/rooms.ts', value('./router.ts'), value('./turn.ts')],
  ['apps/server/src/router.ts', value('ioredis'), value('./rooms.ts')],
  ['apps/server/src/router.ts', type('./backend/backend.ts'), value('./trpc.ts')],
  ['apps/server/src/router.ts', value('./socket.ts'), value('@trpc/server')],
  ['apps/server/src/http.ts', value('./backend/redis.ts'), value('./router.ts')],
  ['apps/server/src/socket.ts', type('./main.ts'), value('ws')],
  ['apps/server/src/edge/gate.ts', type('../backend/backend.ts'), value('../backend/keyed-limit.ts')],
  ['apps/server/src/turn.ts', value('ioredis'), value('node:crypto')],
  ['apps/server/src/turn.ts', value('@maru/pwa'), value('@maru/api-types')],
  ['apps/server/src/turn.ts', value('./backend/redis.ts'), type('./backend/backend.ts')],
  ['apps/server/src/backend/memory.ts', value('ioredis'), value('./backend.ts')],
  ['apps/server/src/backend/redis.ts', value('../rooms.ts'), value('ioredis')],

  ['apps/pwa/src/pages/planted.tsx', value('../call/peer-connection.ts'), value('../call/call.ts')],
  ['apps/pwa/src/pages/planted.tsx', type('../call/mesh.ts'), type('../call/call-state.ts')],
  ['apps/pwa/src/pages/planted.tsx', value('../signaling/client.ts'), value('../rooms/rooms.ts')],
  ['apps/pwa/src/pages/planted.tsx', dynamic('../call/mesh.ts'), dynamic('../call/call.ts')],
  ['apps/pwa/src/ui/planted.tsx', value('../call/local-media.ts'), value('solid-js')],
  ['apps/pwa/src/ui/planted.tsx', value('zod'), value('@maru/api-types/text')],
  ['apps/pwa/src/call/planted.ts', value('zod'), value('@maru/api-types/limits')],
  ['apps/pwa/src/call/planted.ts', value('@maru/api-types'), type('@maru/api-types')],
  ['apps/pwa/src/call/planted.ts', value('@maru/server'), type('@maru/server')],
  ['apps/pwa/src/call/planted.ts', value('@trpc/client'), value('../signaling/client.ts')],
  ['apps/pwa/src/call/local-media.ts', value('../signaling/client.ts'), type('./call-state.ts')],
  ['apps/pwa/src/call/local-media.ts', value('./peer-connection.ts'), value('./quality.ts')],
  ['apps/pwa/src/call/local-media.ts', value('solid-js/store'), value('@maru/api-types/ids')],
  ['apps/pwa/src/call/peer-connection.ts', value('./local-media.ts'), type('@maru/api-types')],
  ['apps/pwa/src/call/peer-connection.ts', type('../signaling/outbox.ts'), type('./call-state.ts')],
  ['apps/pwa/src/signaling/outbox.ts', value('../call/peer-connection.ts'), value('./resilient-socket.ts')],
  ['apps/pwa/src/signaling/outbox.ts', value('@trpc/client'), type('@maru/api-types')],
  ['apps/pwa/src/signaling/client.ts', value('solid-js'), value('@trpc/client')],
  ['apps/pwa/src/signaling/client.ts', value('@maru/server'), type('@maru/server')],
]

describe('the dependency rule', () => {
  it.each(rules)('in %s refuses %j and allows %j', (file, refused, allowed) => {
    plant(file, refused)
    expect(lint('no-restricted-imports')).toEqual([expect.stringContaining(file)])
    plant(file, allowed)
    expect(lint('no-restricted-imports')).toEqual([])
  })

  it('refuses a cycle, and no chain', () => {
    plant('apps/server/src/a.ts', value('./b.ts'))
    plant('apps/server/src/b.ts', value('./c.ts'))
    plant('apps/server/src/c.ts', 'export const end = 1\n')
    expect(lint('no-cycle')).toEqual([])
    plant('apps/server/src/c.ts', value('./a.ts'))
    expect(lint('no-cycle')).toHaveLength(3)
  })

  it('lets env.ts alone read the environment', () => {
    plant('apps/server/src/env.ts', 'export const port = process.env.PORT\n')
    expect(lint('no-process-env')).toEqual([])
    plant('apps/server/src/turn.ts', 'export const secret = process.env.TURN_SECRET\n')
    expect(lint('no-process-env')).toHaveLength(1)
  })
})

/** The port for those who run the server, which no proxy passes on: readiness and metrics. */
import { createServer, type Server } from 'node:http'
import { pathOf } from './edge/gate.ts'
import { answer } from './edge/pages.ts'
import type { AnswerReady } from './edge/readiness.ts'
import type { Metrics } from './metrics.ts'

export function createInternalServer(answerReady: AnswerReady, metrics: Metrics): Server {
  return createServer((request, response) => {
    const path = pathOf(request)
    if (path === '/healthz') answer(response, 200, 'ok')
    else if (path === '/readyz') void answerReady(response)
    else if (path === '/metrics') {
      void metrics.read().then(({ text, type }) => {
        response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text)
      })
    } else answer(response, 404, 'Not found.')
  })
}

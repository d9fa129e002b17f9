/**
 * The proxy with a certificate before a server, as a program: `node https-front.ts ADDRESS PORT CERTIFICATE KEY`.
 * Says `ready` once the server behind it is.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createServer } from 'node:tls'

const [address = '', port = '', certificate = '', key = ''] = process.argv.slice(2)

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (client) => {
  const upstream = connect(Number(port), '127.0.0.1')
  client.pipe(upstream).pipe(client)
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const)
    one.on('error', () => other.destroy()).on('close', () => other.destroy())
})

const isReady = (): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )

while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 50))
server.listen(443, address, () => process.stdout.write('ready\n'))

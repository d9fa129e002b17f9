/** PeerJS' own server. It knows no rooms and acknowledges nothing. */
import express from 'express'
import { ExpressPeerServer } from 'peer'

const app = express()
app.get('/readyz', (_, response) => response.end())
const server = app.listen(Number(process.env.PORT), '127.0.0.1')
// As many as the others take.
app.use('/', ExpressPeerServer(server, { path: '/', concurrent_limit: 10_000 }))

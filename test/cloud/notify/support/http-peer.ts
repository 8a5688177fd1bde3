/** A real HTTP server on loopback that does with each request what the test says. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Answer = (
  received: Received,
  response: ServerResponse,
  request: IncomingMessage,
) => void

export interface HttpPeer {
  readonly origin: string
  /** Whole requests, oldest first. */
  readonly received: Received[]
  /** How requests from now on are answered. */
  answer: Answer
  /** Sees a request before its body; true: the peer has dealt with it. */
  greet: (request: IncomingMessage, response: ServerResponse) => boolean
  close(): Promise<void>
}

export async function startHttp(
  answer: Answer = (_, response) => response.end(),
): Promise<HttpPeer> {
  const server = createServer(async (request, response) => {
    if (peer.greet(request, response)) return
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const received = { url: request.url ?? '', headers: request.headers, body }
    peer.received.push(received)
    peer.answer(received, response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const peer: HttpPeer = {
    origin: `http://127.0.0.1:${port}`,
    received: [],
    answer,
    greet: () => false,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return peer
}

export function json(value: unknown, status = 200): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(value))
  }
}

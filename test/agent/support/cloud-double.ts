import { once } from 'node:events'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import {
  type Batch,
  type BatchAnswer,
  decodeBatch,
  HEARTBEAT_PATH,
} from '../../../src/wire/index.ts'
import type { Cleanup } from './temp-folder.ts'

export interface Received {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly bytes: Buffer
}

export type Behave = (response: ServerResponse, request: IncomingMessage) => void

const TAKEN: BatchAnswer = { applied: true, serverTimeMs: 0 }

export const answer =
  (status: number, headers: Record<string, string> = {}): Behave =>
  (response) => {
    response.writeHead(status, headers).end(JSON.stringify(status === 200 ? TAKEN : {}))
  }
/** Says OK to everything, as the page of a portal or proxy does. */
export const page: Behave = (response) => response.end('<html>please log in</html>')
/** Begins an answer that never ends. */
export const dawdle: Behave = (response) => {
  const more = setInterval(() => response.write(' '), 50)
  response.once('close', () => clearInterval(more))
}
/** Never answers. */
export const hang: Behave = () => {}
/** Closes the connection instead of an answer. */
export const drop: Behave = (response) => response.destroy()

/** A real HTTP server that behaves as told, request by request, then takes everything. */
export class CloudDouble {
  /** Of heartbeats nothing: see `heartbeats`. */
  readonly received: Received[] = []
  readonly heartbeats: Received[] = []
  /** What a heartbeat gets: by default a cloud that has none. */
  beat: Behave = answer(404)
  url = ''
  connections = 0
  readonly #plan: Behave[] = []
  #otherwise: Behave = answer(200)
  #onRequest: () => void = () => {}

  static async start(test: Cleanup, tls?: { key: Buffer; cert: Buffer }): Promise<CloudDouble> {
    const double = new CloudDouble()
    const take = (request: IncomingMessage, response: ServerResponse) =>
      void double.#take(request, response)
    const server = tls ? createHttps(tls, take) : createHttp(take)
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      double.connections++
      sockets.add(socket)
    })
    test.after(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    double.url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
    return double
  }

  /** The next requests are answered so, one by one. */
  next(...plan: readonly Behave[]): this {
    this.#plan.push(...plan)
    return this
  }

  always(behave: Behave): this {
    this.#otherwise = behave
    return this
  }

  get batches(): Batch[] {
    return this.received.map(({ bytes }) => decodeBatch(bytes))
  }

  /** Resolves when so many requests have arrived. */
  async requests(count: number): Promise<void> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        this.#onRequest = resolve
      })
    }
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method, url: path, headers } = request
    const { authorization, 'content-type': contentType } = headers
    const isBeat = path?.endsWith(HEARTBEAT_PATH) ?? false
    const bytes = Buffer.concat(chunks)
    const heard = { method, path, authorization, contentType, bytes }
    if (isBeat) {
      this.heartbeats.push(heard)
      this.beat(response, request)
      return
    }
    this.received.push(heard)
    const behave = this.#plan.shift() ?? this.#otherwise
    behave(response, request)
    this.#onRequest()
  }
}

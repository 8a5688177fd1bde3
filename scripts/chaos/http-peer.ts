/** Receivers of webhooks, one at each path, on one port: each treats what it is sent by chance. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Fate, type Fates, passed } from './fate.ts'
import type { Ledger, Telling } from './ledger.ts'

const FAILS = [500, 502, 503, 404, 403, 302]
const THROTTLES = [429, 503]
const GARBAGE = ['\0\x01\x02 not HTTP at all\r\n\r\n', 'HTTP/1.1 abc\r\n\r\n', 'HTTP/1.1 200', '']

export interface Peer {
  readonly port: number
  /** From now on all is taken at once. */
  calm(): void
  close(): Promise<void>
}

/** @param fatesOf By path without its slash: the id of the receiver. */
export async function startHttpPeer(
  ledger: Ledger,
  fatesOf: ReadonlyMap<string, Fates>,
): Promise<Peer> {
  const server = createServer((request, response) => {
    const recipient = (request.url ?? '').slice(1)
    const fates = fatesOf.get(recipient)
    if (!fates) throw new RangeError(`nobody is at ${request.url}`)
    // Who sends may be killed at any time.
    serve({ request, response, recipient, fates, ledger }).catch(() => response.destroy())
  })
  server.on('connection', (socket) => ledger.connected(socket))
  server.on('clientError', (_error, socket) => socket.destroy())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    calm() {
      for (const fates of fatesOf.values()) fates.calm()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly recipient: string
  readonly fates: Fates
  readonly ledger: Ledger
}

async function serve(call: Call): Promise<void> {
  const { response, fates } = call
  const fate = fates.next()
  const chunks: Buffer[] = []
  for await (const chunk of call.request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  if (fate === 'takes late') await passed(fates.lateMs())
  if (fate === 'takes' || fate === 'takes late') {
    note(call, body, true)
    response.end('ok')
  } else if (fate === 'breaks off') {
    note(call, body, false)
    response.destroy()
  } else await treatBadly(call, fate)
}

async function treatBadly({ response, fates }: Call, fate: Fate): Promise<void> {
  if (fate === 'fails') response.writeHead(fates.pick(FAILS), { location: '/elsewhere' }).end('no')
  else if (fate === 'throttles') {
    response.writeHead(fates.pick(THROTTLES), { 'retry-after': '2' }).end('later')
  } else {
    if (fate === 'talks garbage') response.socket?.write(fates.pick(GARBAGE))
    else await passed(fates.hangMs())
    response.destroy()
  }
}

function note({ request, recipient, ledger }: Call, body: string, isAccepted: boolean): void {
  const { headers, socket } = request
  const arrival = {
    ...{ recipient, isAccepted, tells: tellingsOf(body) },
    delivery: String(headers['x-tars-alarm-delivery']),
    isMarked: headers['x-tars-alarm-maybe-repeated'] === 'true',
  }
  ledger.add(arrival, socket)
}

interface Payload {
  readonly alerts: readonly {
    readonly status: string
    readonly labels: { readonly callee_ip?: string }
  }[]
}

function tellingsOf(body: string): Telling[] {
  const { alerts } = JSON.parse(body) as Payload
  return alerts.flatMap(({ status, labels: { callee_ip: node } }) =>
    node === undefined ? [] : { node, over: status === 'resolved' },
  )
}

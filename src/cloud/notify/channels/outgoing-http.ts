/** One POST to somebody else's server, as the channels make it: bounded, to public addresses, TLS verified. */
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import type { Clock } from '../../../support/clock.ts'
import { ChannelFailure } from './channel.ts'
import { outgoingFailure } from './outgoing-failure.ts'
import { isPublicAddress, PrivateAddressError, publicLookup } from './public-address.ts'

/** Real time, from looking up the host to the last byte of the answer. */
const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024
const CONNECTIONS_PER_HOST = 8
/** A `Retry-After` beyond a day says nothing. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000

export interface OutgoingRequest {
  /** May hold secrets: only its host is ever named. */
  readonly url: string
  readonly body: string
  readonly contentType: 'application/json' | 'application/x-www-form-urlencoded'
  readonly headers?: Readonly<Record<string, string>>
}

export interface OutgoingAnswer {
  /** Never 3xx. */
  readonly status: number
  /** The first 64 KiB; less where the peer broke off or took too long after its status. */
  readonly text: string
  readonly retryAfterMs?: number
}

export interface OutgoingHttp {
  /** Resolves with any answer but a redirect, also 4xx and 5xx. @throws {ChannelFailure} there was none. */
  post(request: OutgoingRequest, signal: AbortSignal): Promise<OutgoingAnswer>
  close(): void
}

export interface OutgoingHttpOptions {
  readonly clock: Clock
  /** The operator allows private and loopback addresses, and plain http. */
  readonly allowPrivate: boolean
  readonly timeoutMs?: number
}

export function openOutgoingHttp(options: OutgoingHttpOptions): OutgoingHttp {
  const { allowPrivate, clock, timeoutMs = TIMEOUT_MS } = options
  const agent = new Agent({
    connections: CONNECTIONS_PER_HOST,
    connect: { timeout: timeoutMs, ...(!allowPrivate && { lookup: publicLookup() }) },
  })
  return {
    async post(outgoing, signal) {
      const url = new URL(outgoing.url)
      const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const body = watched(outgoing.body)
      try {
        if (!allowPrivate) checkUrl(url)
        const response = await request(url, {
          method: 'POST',
          dispatcher: agent,
          signal: until,
          headers: headersOf(outgoing, body.length),
          body: body.stream,
        })
        const text = await textOf(response.body)
        return answerOf(response.statusCode, text, response.headers, url.host, clock)
      } catch (error) {
        if (error instanceof ChannelFailure) throw error
        throw outgoingFailure(error, url.host, body.handedOver())
      }
    },
    close: () => void agent.destroy(),
  }
}

/** An address that is written out is never looked up. */
function checkUrl({ protocol, hostname, host }: URL): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw new PrivateAddressError(host)
  if (protocol !== 'https:') {
    throw new ChannelFailure('misconfigured', `${host}: only https goes out to other networks`)
  }
}

function headersOf({ contentType, headers }: OutgoingRequest, bytes: number) {
  return {
    'user-agent': 'tars-alarm',
    accept: 'application/json, */*;q=0.1',
    ...headers,
    'content-type': `${contentType}; charset=utf-8`,
    'content-length': String(bytes),
  }
}

/** The body as a stream that knows when all of it was written. */
function watched(text: string) {
  const bytes = Buffer.from(text)
  const stream = new Readable({
    read() {
      this.push(bytes)
      this.push(null)
    },
  })
  let written = false
  stream.once('end', () => {
    written = true
  })
  return { stream, length: bytes.length, handedOver: () => written }
}

/** The status has come, and decides: what breaks now only shortens the text. */
async function textOf(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= MAX_ANSWER_BYTES) break
    }
  } catch {
    // Cut off, or out of time.
  }
  body.destroy()
  return Buffer.concat(chunks).toString('utf8', 0, Math.min(bytes, MAX_ANSWER_BYTES))
}

function answerOf(
  status: number,
  text: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  host: string,
  clock: Clock,
): OutgoingAnswer {
  if (status >= 300 && status < 400) {
    const said = `${host}: answers ${status}, a redirect, which is not followed: give the address it leads to`
    throw new ChannelFailure('misconfigured', said)
  }
  const retryAfterMs = retryAfterOf(headers['retry-after'], clock)
  return { status, text, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** Seconds or a date. */
function retryAfterOf(header: string | string[] | undefined, clock: Clock): number | undefined {
  if (typeof header !== 'string') return undefined
  const waitMs = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - clock.now()
  return Number.isFinite(waitMs) ? Math.min(Math.max(0, waitMs), MAX_RETRY_AFTER_MS) : undefined
}

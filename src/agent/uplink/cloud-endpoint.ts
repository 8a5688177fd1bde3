/** One address of the cloud. */
import { type Dispatcher, Pool, ProxyAgent } from 'undici'
import type { HttpProxy } from './cloud-options.ts'
import { transportError } from './transport-error.ts'

export interface EndpointOptions {
  readonly url: URL
  readonly envKey: string
  /** PEM; undefined: the usual ones. */
  readonly authorities: string[] | undefined
  readonly proxy: HttpProxy | undefined
  readonly timeoutMs: number
}

export interface Message {
  readonly path: string
  readonly mediaType: string
  readonly body: Buffer | string
}

/** What came back. */
export type Reply =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter: string | undefined
      /** JSON; undefined when it is none, or too long. */
      readonly body: unknown
    }
  | { readonly kind: 'failed'; readonly why: string }

/** Two lanes and the heartbeat. */
const CONNECTIONS = 3
/** A whole try may take so many of the given times, however the cloud dawdles. */
const MAX_TIMEOUTS = 3
const MAX_ANSWER_BYTES = 64 * 1024

export class CloudEndpoint {
  /** To be shown. */
  readonly origin: string
  readonly #options: EndpointOptions
  readonly #prefix: string
  readonly #dispatcher: Dispatcher

  constructor(options: EndpointOptions) {
    this.origin = options.url.origin
    this.#options = options
    this.#prefix = options.url.pathname.replace(/\/$/, '')
    this.#dispatcher = dispatcherOf(options)
  }

  /** Never throws: what went wrong is the reply. */
  async post({ path, mediaType, body }: Message, signal: AbortSignal): Promise<Reply> {
    const { envKey, timeoutMs, proxy } = this.#options
    try {
      const answer = await this.#dispatcher.request({
        method: 'POST',
        origin: this.origin,
        path: `${this.#prefix}${path}`,
        headers: { 'content-type': mediaType, authorization: `Bearer ${envKey}` },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(MAX_TIMEOUTS * timeoutMs)]),
      })
      return {
        kind: 'answered',
        status: answer.statusCode,
        retryAfter: answer.headers['retry-after']?.toString(),
        body: await jsonOf(answer.body),
      }
    } catch (error) {
      return { kind: 'failed', why: transportError(error, proxy?.host) }
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy()
  }
}

function dispatcherOf({ url, authorities, proxy, timeoutMs }: EndpointOptions): Dispatcher {
  const tls = { timeout: timeoutMs, ...(authorities && { ca: authorities }) }
  const common = {
    connections: CONNECTIONS,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 60_000,
  }
  if (!proxy) return new Pool(url.origin, { ...common, connect: tls })
  const { uri, token } = proxy
  return new ProxyAgent({
    ...{ ...common, uri, requestTls: tls, proxyTls: { timeout: timeoutMs } },
    ...(token !== undefined && { token }),
  })
}

/** Reads no more than a bounded part. */
async function jsonOf(body: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    return undefined
  }
}

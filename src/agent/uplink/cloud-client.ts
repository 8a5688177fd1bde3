/** The connection to the cloud: one try to hand over one batch. */
import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import { Client, errors } from 'undici'
import { Failure, messageOf } from '../../support/failure.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, batchAnswer } from '../../wire/index.ts'
import type { Answer } from './verdict.ts'

export interface CloudAddress {
  /** `https://alarm.example.com`; a path is kept as a prefix. */
  readonly url: string
  readonly envKey: string
  /** PEM of certificate authorities to trust besides the usual ones. */
  readonly caFile?: string | undefined
  /** Plain http to other machines, too. */
  readonly allowInsecure?: boolean
  /** Real time for the cloud to answer. */
  readonly timeoutMs?: number
}

export type CloudReason = 'bad-url' | 'insecure' | 'bad-ca-file'

/** The cloud cannot be spoken to as configured. */
export class CloudFailure extends Failure<CloudReason> {}

const TIMEOUT_MS = 10_000
/** The whole try may take so many of these times, however the cloud dawdles. */
const MAX_TIMEOUTS = 3
const MAX_ANSWER_BYTES = 64 * 1024

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

export class CloudClient {
  readonly #address: CloudAddress
  readonly #client: Client
  readonly #path: string
  readonly #timeoutMs: number

  /** @throws {CloudFailure} */
  constructor(address: CloudAddress) {
    const url = checkedUrl(address)
    const timeoutMs = address.timeoutMs ?? TIMEOUT_MS
    this.#address = address
    this.#timeoutMs = timeoutMs
    this.#path = `${url.pathname.replace(/\/$/, '')}${BATCH_PATH}`
    this.#client = new Client(url.origin, {
      connect: { timeout: timeoutMs, ...caOf(address.caFile) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: 60_000,
      pipelining: 1,
    })
  }

  /** Never throws: what went wrong is the answer. */
  async post(batch: Buffer, signal: AbortSignal): Promise<Answer> {
    try {
      const { statusCode, headers, body } = await this.#client.request({
        method: 'POST',
        path: this.#path,
        headers: {
          'content-type': BATCH_MEDIA_TYPE,
          authorization: `Bearer ${this.#address.envKey}`,
        },
        body: batch,
        signal: AbortSignal.any([signal, AbortSignal.timeout(MAX_TIMEOUTS * this.#timeoutMs)]),
      })
      const retryAfter = headers['retry-after']?.toString()
      const confirmed = (await confirms(body)) && statusCode >= 200 && statusCode < 300
      return { kind: 'answered', status: statusCode, retryAfter, confirmed }
    } catch (error) {
      return { kind: 'failed', why: reasonOf(error) }
    }
  }

  async close(): Promise<void> {
    await this.#client.destroy()
  }
}

function checkedUrl({ url: text, allowInsecure }: CloudAddress): URL {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new CloudFailure('bad-url', `cloud_url '${text}' is no https address`)
  }
  if (url.protocol === 'http:' && !allowInsecure && !isLoopback(url.hostname)) {
    throw new CloudFailure(
      'insecure',
      `cloud_url '${text}' would send env_key in plain text: use https, or allow_insecure=true`,
    )
  }
  return url
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (host === 'localhost') return true
  return isIP(host) !== 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

function caOf(caFile: string | undefined): { ca?: string[] } {
  if (caFile === undefined) return {}
  try {
    const own = readFileSync(caFile, 'utf8')
    if (!own.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no PEM certificate in it')
    return { ca: [...rootCertificates, own] }
  } catch (error) {
    throw new CloudFailure('bad-ca-file', `ca_file ${caFile}: ${messageOf(error)}`)
  }
}

/** Whether it is the answer of a cloud that has the batch; reads no more than a bounded part. */
async function confirms(body: AsyncIterable<Buffer>): Promise<boolean> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) return false
    chunks.push(chunk)
  }
  try {
    return batchAnswer.safeParse(JSON.parse(Buffer.concat(chunks).toString())).success
  } catch {
    return false
  }
}

/** Short, and without what could be secret. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.HeadersTimeoutError) return 'no answer in time'
  if (error instanceof errors.BodyTimeoutError) return 'no answer in time'
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time'
  const { code } = error as NodeJS.ErrnoException
  return code ? `${code}: ${messageOf(error)}` : messageOf(error)
}

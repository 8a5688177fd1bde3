/** The connection to the cloud: one try to hand over one batch, or to say how the agent is. */
import { type Clock, systemClock } from '../../support/clock.ts'
import {
  BATCH_MEDIA_TYPE,
  BATCH_PATH,
  batchAnswer,
  batchRefusal,
  HEARTBEAT_PATH,
  type Heartbeat,
  type HeartbeatAnswer,
  heartbeatAnswer,
} from '../../wire/index.ts'
import { CloudEndpoint, type Message, type Reply } from './cloud-endpoint.ts'
import { authoritiesOf, type CloudOptions, checkedUrl, proxyOf } from './cloud-options.ts'
import { Failover } from './failover.ts'
import { retryAfterMs } from './retry-after.ts'
import type { Answer } from './verdict.ts'

export { CloudFailure, type CloudOptions } from './cloud-options.ts'

/** How a heartbeat went: the answer, or why there is none. */
export type HeartbeatReply =
  | { readonly kind: 'answered'; readonly answer: HeartbeatAnswer }
  | { readonly kind: 'failed'; readonly why: string }

const TIMEOUT_MS = 10_000
/** Of what the cloud says in its own words. */
const MAX_MESSAGE_LENGTH = 300

export class CloudClient {
  readonly #endpoints: readonly CloudEndpoint[]
  readonly #failover: Failover
  readonly #clock: Clock

  /** @throws {CloudFailure} */
  constructor(options: CloudOptions) {
    const { url, envKey, caFile, allowInsecure, httpProxy, clock = systemClock } = options
    const urls = [url].flat().map((each) => checkedUrl(each, allowInsecure))
    if (urls.length === 0) throw new RangeError('a cloud without an address')
    const common = {
      ...{ envKey, authorities: authoritiesOf(caFile), proxy: proxyOf(httpProxy) },
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    }
    this.#endpoints = urls.map((each) => new CloudEndpoint({ ...common, url: each }))
    this.#failover = new Failover(urls.length)
    this.#clock = clock
  }

  /** Never throws: what went wrong is the answer. */
  async post(batch: Buffer, signal: AbortSignal): Promise<Answer> {
    const message = { path: BATCH_PATH, mediaType: BATCH_MEDIA_TYPE, body: batch }
    const now = this.#clock.now()
    // As long as each has asked for patience.
    let worst: Answer = { kind: 'answered', status: 503, retryAfterMs: this.#heldMs() }
    let asked = 0
    for (const address of this.#failover.order(now)) {
      if (this.#failover.heldMs(address, now) > 0) continue
      const answer = this.#answerOf(await this.#ask(address, message, signal), address)
      if (signal.aborted || (answer.kind === 'answered' && answer.status < 500)) return answer
      // That somebody answered says more than that somebody did not.
      if (asked++ === 0 || answer.kind === 'answered') worst = answer
    }
    return worst.kind === 'failed' ? worst : { ...worst, retryAfterMs: this.#heldMs() }
  }

  /** Never throws. Goes to an address that asked for patience, too: it is small, and the lease ends. */
  async heartbeat(body: Heartbeat, signal: AbortSignal): Promise<HeartbeatReply> {
    const json = JSON.stringify(body)
    const message = { path: HEARTBEAT_PATH, mediaType: 'application/json', body: json }
    let why = ''
    for (const address of this.#failover.order(this.#clock.now())) {
      const reply = await this.#ask(address, message, signal)
      const parsed = reply.kind === 'answered' ? heartbeatAnswer.safeParse(reply.body) : undefined
      if (parsed?.success) return { kind: 'answered', answer: parsed.data }
      why = reply.kind === 'failed' ? reply.why : `status ${reply.status}`
      if (signal.aborted || (reply.kind === 'answered' && reply.status < 500)) break
    }
    return { kind: 'failed', why }
  }

  async close(): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close()))
  }

  async #ask(address: number, message: Message, signal: AbortSignal): Promise<Reply> {
    const endpoint = this.#endpoints[address]
    if (!endpoint) throw new RangeError(`no address ${address}`)
    const reply = await endpoint.post(message, signal)
    if (signal.aborted) return reply
    if (reply.kind === 'answered' && reply.status < 500) this.#failover.worked(address)
    else this.#failover.failed(address, this.#clock.now())
    return reply
  }

  #answerOf(reply: Reply, address: number): Answer {
    const at = this.#originOf(address)
    if (reply.kind === 'failed') return { ...reply, at }
    const { status, body } = reply
    const now = this.#clock.now()
    const askedMs = retryAfterMs(reply.retryAfter, now)
    if (status >= 500 && askedMs) this.#failover.hold(address, now + askedMs)
    const confirmed = status >= 200 && status < 300 && batchAnswer.safeParse(body).success
    const refusal = batchRefusal.safeParse(body).data?.error
    return {
      ...{ kind: 'answered', status, at, confirmed },
      ...(askedMs !== undefined && { retryAfterMs: askedMs }),
      ...(refusal && { reason: oneLine(refusal.reason), message: oneLine(refusal.message) }),
    }
  }

  /** Until the first of the addresses may be asked again. */
  #heldMs(): number {
    const now = this.#clock.now()
    return Math.min(...this.#endpoints.map((_, each) => this.#failover.heldMs(each, now)))
  }

  #originOf(address: number): string {
    return this.#endpoints[address]?.origin ?? ''
  }
}

/** What others say is shown in logs and in TarsWeb. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, MAX_MESSAGE_LENGTH)
}

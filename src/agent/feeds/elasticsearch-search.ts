/** Searches Elasticsearch 7.10 and later, over plain HTTP: page after page, nothing takes long. */
import { Agent, request } from 'undici'
import { z } from 'zod'
import { Failure, messageOf } from '../../support/failure.ts'

export type SearchReason = 'unreachable' | 'denied' | 'slow' | 'refused' | 'bad-answer'

export class SearchError extends Failure<SearchReason> {}

export interface Search {
  /** Names of indices or of a data stream; of those that are not there, nothing is found. */
  readonly indices: readonly string[]
  readonly query: object
  /** Unique for each document, so that no page repeats or skips one. */
  readonly sort: readonly object[]
  readonly size: number
  /** `sort` of the last document of the page before. */
  readonly after?: readonly unknown[] | undefined
}

const Hit = z.object({
  _source: z.record(z.string(), z.unknown()),
  sort: z.array(z.union([z.number(), z.string(), z.null()])),
})
const Answer = z.object({ timed_out: z.boolean(), hits: z.object({ hits: z.array(Hit) }) })

export type Hit = z.infer<typeof Hit>

/** Part of the shards would be taken for all. */
const SEARCH_OPTIONS = 'ignore_unavailable=true&allow_partial_search_results=false'
const CONNECT_MS = 5_000
const SERVER_LIMIT = '8s'
const CLIENT_LIMIT_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

export class Elasticsearch {
  readonly #nodes: readonly string[]
  readonly #agent = new Agent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: CLIENT_LIMIT_MS,
    bodyTimeout: CLIENT_LIMIT_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
  })
  /** Index of the node that answered last. */
  #node = 0

  constructor(nodes: readonly string[]) {
    this.#nodes = nodes
  }

  /** Of several nodes the first that can be reached is asked. @throws {SearchError} */
  async search(search: Search): Promise<readonly Hit[]> {
    let failure: unknown
    for (let tried = 0; tried < this.#nodes.length; tried++) {
      try {
        return await this.#searchAt(this.#nodes[this.#node] ?? '', search)
      } catch (error) {
        if (error instanceof SearchError && error.reason !== 'unreachable') throw error
        failure = error
        this.#node = (this.#node + 1) % this.#nodes.length
      }
    }
    throw failure
  }

  /** A search under way fails. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #searchAt(node: string, search: Search): Promise<readonly Hit[]> {
    const { status, text } = await this.#post(node, search)
    if (status === 401 || status === 403) {
      throw new SearchError(
        'denied',
        `Elasticsearch at ${node} answers ${status}: it wants a login`,
      )
    }
    if (status !== 200) {
      const message = `Elasticsearch at ${node} answers ${status}: ${text.slice(0, 300)}`
      throw new SearchError(status === 429 || status >= 500 ? 'slow' : 'refused', message)
    }
    const answer = Answer.safeParse(jsonOf(text))
    if (!answer.success) {
      throw new SearchError('bad-answer', `${node} does not answer like Elasticsearch`)
    }
    if (answer.data.timed_out)
      throw new SearchError('slow', `Elasticsearch at ${node} was too slow`)
    return answer.data.hits.hits
  }

  async #post(node: string, search: Search): Promise<{ status: number; text: string }> {
    const path = `/${search.indices.join(',')}/_search?${SEARCH_OPTIONS}`
    try {
      const answer = await request(node + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(search)),
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(CLIENT_LIMIT_MS),
      })
      return { status: answer.statusCode, text: await answer.body.text() }
    } catch (error) {
      throw new SearchError('unreachable', `Elasticsearch at ${node}: ${messageOf(error)}`, {
        retryable: true,
        cause: error,
      })
    }
  }
}

function bodyOf({ query, sort, size, after }: Search): object {
  const page = { sort, size, search_after: after }
  return { query, ...page, timeout: SERVER_LIMIT, track_total_hits: false }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

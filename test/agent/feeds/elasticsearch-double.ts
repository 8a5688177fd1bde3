/** What the agent sees of Elasticsearch 7: `_search` with range, sort and search_after, over HTTP. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { z } from 'zod'

type Document = Readonly<Record<string, unknown>>

interface Stored {
  readonly index: string
  readonly seqNo: number
  readonly source: Document
}

const Request = z.object({
  size: z.number(),
  timeout: z.literal('8s'),
  track_total_hits: z.literal(false),
  query: z.union([
    z.object({ match_all: z.object({}) }),
    z.object({
      range: z.record(z.string(), z.object({ gte: z.number(), lt: z.number().optional() })),
    }),
  ]),
  sort: z.array(z.record(z.string(), z.enum(['asc', 'desc']))),
  search_after: z.array(z.union([z.string(), z.number()])).optional(),
})
type Request = z.infer<typeof Request>
type Value = string | number

export class ElasticsearchDouble {
  /** Paths asked for. */
  readonly asked: string[] = []
  /** Answered instead while set. */
  says: { readonly status: number; readonly body: string } | undefined
  readonly #stored = new Map<string, Stored[]>()
  #server: Server | undefined
  #port = 0

  get node(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Again on the same port after {@link stop}. */
  async start(): Promise<void> {
    this.#server = createServer(async (request, response) => {
      const { status, body } = this.says ?? this.#search(request, await textOf(request))
      response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(body)
    }).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  /** As `_bulk` does. A data stream writes to its newest backing index. */
  add(name: string, ...sources: readonly Document[]): void {
    const stored = this.#stored.get(name) ?? []
    this.#stored.set(name, stored)
    for (const source of sources) {
      stored.push({ index: `.ds-${name}-000001`, seqNo: stored.length, source })
    }
  }

  #search({ url = '' }: IncomingMessage, text: string): { status: number; body: string } {
    this.asked.push(url)
    const [, names = ''] = /^\/([^/?]+)\/_search\?/.exec(url) ?? []
    const request = Request.safeParse(JSON.parse(text))
    if (!request.success) return refusal(400, 'parsing_exception', request.error.message)
    const known = names.split(',').filter((name) => this.#stored.has(name))
    if (known.length < names.split(',').length && !url.includes('ignore_unavailable=true')) {
      return refusal(404, 'index_not_found_exception', `no such index [${names}]`)
    }
    const found = known.flatMap((name) => this.#stored.get(name) ?? [])
    return { status: 200, body: JSON.stringify(answerOf(found, request.data)) }
  }
}

function answerOf(stored: readonly Stored[], { query, sort, size, search_after }: Request): object {
  const fields = sort.flatMap((each) => Object.entries(each))
  const found = stored
    .filter(({ source }) => 'match_all' in query || isIn(source, query.range))
    .map((each) => ({ each, keys: fields.map(([field]) => keyOf(each, field)) }))
    .filter(({ keys }) => !search_after || compare(keys, search_after, fields) > 0)
    .sort((a, b) => compare(a.keys, b.keys, fields))
  return {
    took: 1,
    timed_out: false,
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    hits: {
      max_score: null,
      hits: found.slice(0, size).map(({ each, keys }) => ({
        _index: each.index,
        _type: '_doc',
        _id: `random${Math.random()}`,
        _score: null,
        _source: each.source,
        sort: keys,
      })),
    },
  }
}

function isIn(
  source: Document,
  range: Record<string, { gte: number; lt?: number | undefined }>,
): boolean {
  return Object.entries(range).every(([field, { gte, lt = Number.POSITIVE_INFINITY }]) => {
    const value = Number(source[field])
    return value >= gte && value < lt
  })
}

function keyOf({ index, seqNo, source }: Stored, field: string): Value {
  if (field === '_index') return index
  return field === '_seq_no' ? seqNo : Number(source[field])
}

function compare(
  a: readonly Value[],
  b: readonly Value[],
  fields: readonly (readonly [string, 'asc' | 'desc'])[],
): number {
  for (const [i, [, order]] of fields.entries()) {
    const [left = 0, right = 0] = [a[i], b[i]]
    if (left !== right) return left < right === (order === 'asc') ? -1 : 1
  }
  return 0
}

function refusal(status: number, type: string, reason: string): { status: number; body: string } {
  return { status, body: JSON.stringify({ error: { type, reason }, status }) }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

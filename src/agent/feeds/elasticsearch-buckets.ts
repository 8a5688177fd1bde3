/** Minutes of K8SFramework's tarsstat and tarsproperty: documents with the names of the columns of MySQL. */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { BUCKET_MS, lastEnd } from './bucket.ts'
import type { Elasticsearch, Hit } from './elasticsearch-search.ts'
import type { BucketSource, StoredBucket } from './stored-buckets.ts'
import type { StoredRow } from './stored-rows.ts'

const LENGTH_MS = BUCKET_MS.K8SFramework
/** They look each 7 s whether a minute is over, and Elasticsearch shows what it took a second later. */
const WRITTEN_AFTER_MS = 15_000
const PAGE_SIZE = 5_000
const MAX_ROWS = 100_000
const SORT = [{ f_timestamp: 'asc' }, { _index: 'asc' }, { _seq_no: 'asc' }]

export class MinutesSource implements BucketSource {
  readonly lengthMs = LENGTH_MS
  readonly #elasticsearch: Elasticsearch
  readonly #prefix: string
  readonly #clock: Clock

  /** `prefix` of the indices of a day: `<namespace>_stat_`. */
  constructor(elasticsearch: Elasticsearch, prefix: string, clock: Clock) {
    this.#elasticsearch = elasticsearch
    this.#prefix = prefix
    this.#clock = clock
  }

  async written(): Promise<UnixMs> {
    return lastEnd(this.#clock.now() - WRITTEN_AFTER_MS, LENGTH_MS)
  }

  /** Framework servers always report: of a minute without a document nothing is known. */
  async bucket(endMs: UnixMs): Promise<StoredBucket | undefined> {
    // The second of writing, which is in the minute that follows: so no zone is needed.
    const gte = endMs / 1000
    const search = {
      indices: daysAround(endMs).map((day) => this.#prefix + day),
      query: { range: { f_timestamp: { gte, lt: gte + LENGTH_MS / 1000 } } },
      sort: SORT,
      size: PAGE_SIZE,
    }
    const rows: StoredRow[] = []
    let after: Hit['sort'] | undefined
    while (rows.length < MAX_ROWS) {
      const hits = await this.#elasticsearch.search({ ...search, after })
      for (const { _source } of hits) rows.push(_source)
      after = hits.at(-1)?.sort
      if (hits.length < PAGE_SIZE) return rows.length === 0 ? undefined : { rows, isCut: false }
    }
    return { rows, isCut: true }
  }
}

const HOUR_MS = 3_600_000

/** `YYYYMMDD` wherever the framework's clock may be. */
function daysAround(endMs: UnixMs): string[] {
  const days = [-13, 0, 15].map((hours) => {
    return new Date(endMs + hours * HOUR_MS).toISOString().slice(0, 10).replaceAll('-', '')
  })
  return [...new Set(days)]
}

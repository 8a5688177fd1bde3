/** The database feed of K8SFramework, which keeps notifies, statistics and properties in Elasticsearch. */
import type { FeedStatus } from '../../model/polled.ts'
import { MinutesSource } from './elasticsearch-buckets.ts'
import { ElasticNotifyReader } from './elasticsearch-notify.ts'
import type { ElasticsearchPlace } from './elasticsearch-place.ts'
import { Elasticsearch, SearchError } from './elasticsearch-search.ts'
import type { PollingFeed } from './polling-feed.ts'
import { bucketPart, type StoredFeedOptions, unkeptOf } from './stored-feed.ts'
import { type PartPlan, Parts } from './stored-parts.ts'
import { PROPERTY_ROWS, STAT_ROWS } from './stored-rows.ts'

export interface ElasticsearchFeedOptions extends StoredFeedOptions {
  readonly place: ElasticsearchPlace
}

export class ElasticsearchFeed implements PollingFeed {
  readonly name = 'database'
  readonly everyMs = 5_000
  readonly #elasticsearch: Elasticsearch
  readonly #parts: Parts

  constructor(options: ElasticsearchFeedOptions) {
    const { clock, log, place } = options
    this.#elasticsearch = new Elasticsearch(place.nodes)
    const parts = [this.#notifies(options), ...this.#buckets(options)]
    this.#parts = new Parts({ parts, clock, log, failed: troubleOf })
  }

  poll(term: number): Promise<void> {
    return this.#parts.poll(term)
  }

  status(): FeedStatus {
    return { feed: this.name, ...this.#parts.status() }
  }

  async close(): Promise<void> {
    this.#parts.stop()
    await this.#elasticsearch.close()
  }

  #notifies(options: ElasticsearchFeedOptions): PartPlan {
    const { clock, intake, place, titles } = options
    const elasticsearch = this.#elasticsearch
    const event = intake.event.bind(intake)
    const stream = place.notifyStream
    const progress = new ElasticNotifyReader({ elasticsearch, stream, clock, titles, event })
    const round = (term: number) => progress.round(term)
    return { name: 'notify', isWanted: () => true, progress, round }
  }

  #buckets(options: ElasticsearchFeedOptions): PartPlan[] {
    const { statPrefix, propertyPrefix } = options.place
    return [
      { rows: STAT_ROWS, prefix: statPrefix },
      { rows: PROPERTY_ROWS, prefix: propertyPrefix },
    ]
      .filter(({ prefix }) => prefix !== '')
      .map(({ rows, prefix }) => {
        const source = new MinutesSource(this.#elasticsearch, prefix, options.clock)
        return bucketPart(rows, source, options)
      })
  }
}

function troubleOf(error: unknown): string {
  if (!(error instanceof SearchError)) return unkeptOf(error)
  if (error.reason !== 'unreachable') return error.message
  return `${error.message}; check <elk><nodes> in template tars.es`
}

/** Which of the polling feeds there are, by config and platform. */
import type { FeedName, FeedStatus } from '../model/polled.ts'
import type { Clock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { type Communicator, closeCommunicator, openCommunicator } from '../tars/communicator.ts'
import type { TarsConfig } from '../tars/config.ts'
import { QueryF } from '../tars/idl/query-f.ts'
import { proxy } from '../tars/proxy.ts'
import { type AgentConfig, wantsFeed } from './config.ts'
import { type ConfigKey, isChanged } from './config-change.ts'
import { adminRegistry } from './feeds/admin-registry.ts'
import type { Framework } from './feeds/bucket.ts'
import { DatabaseFeed } from './feeds/database.ts'
import { ElasticsearchFeed } from './feeds/elasticsearch.ts'
import { type ElasticsearchPlace, elasticsearchOf } from './feeds/elasticsearch-place.ts'
import { findFrameworkDb } from './feeds/framework-db.ts'
import type { PolledIntake, PollingFeed } from './feeds/polling-feed.ts'
import { QueryFeed } from './feeds/query.ts'
import { queryPorts } from './feeds/query-ports.ts'
import type { QueryKind } from './feeds/query-table.ts'
import { RegistryFeed } from './feeds/registry.ts'
import type { StoredFeedOptions } from './feeds/stored-feed.ts'
import type { Titles } from './feeds/titles.ts'
import type { TarsIdentity } from './identity.ts'
import { Poller } from './poller.ts'

export interface PollingOptions {
  readonly identity: TarsIdentity
  readonly config: AgentConfig
  readonly clock: Clock
  readonly log: Log
  readonly intake: PolledIntake
  /** Those of the subscribe feed. */
  readonly titles: Titles
  /** Of the lease, while it is ours. */
  readonly term: () => number | undefined
  /** As the cloud knows it of the environment. */
  readonly framework: () => Framework
}

const KEYS: readonly ConfigKey[] = ['feeds', 'database', 'timeZone']

export class Polling {
  readonly #options: PollingOptions
  #config: AgentConfig
  #reads = 0
  #running: Running

  constructor(options: PollingOptions) {
    this.#options = options
    this.#config = options.config
    this.#running = this.#start()
  }

  /** There is something to poll. */
  get canPoll(): boolean {
    return this.#running.poller.canPoll
  }

  statuses(): FeedStatus[] {
    return this.#running.poller.statuses()
  }

  /** As this config says from now on. */
  adopt(config: AgentConfig): void {
    const before = this.#config
    this.#config = config
    if (!isChanged(before, config, KEYS)) return
    const { log } = this.#options
    this.close().catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'agent: polling did not end well')
    })
    this.#running = this.#start()
  }

  async close(): Promise<void> {
    const { poller, communicator } = this.#running
    try {
      await poller.stop()
    } finally {
      closeCommunicator(communicator)
    }
  }

  #start(): Running {
    const { identity, clock, log, term } = this.#options
    const communicator = openCommunicator(identity.locator)
    // One count for all feeds and all their lives: what one reads may replace what another has read.
    const plan = { ...this.#options, config: this.#config, nextRead: () => ++this.#reads }
    const poller = new Poller({ feeds: feedsOf(plan, communicator), clock, log, term })
    poller.start()
    return { poller, communicator }
  }
}

interface Running {
  readonly poller: Poller
  readonly communicator: Communicator
}

interface FeedPlan extends PollingOptions {
  readonly nextRead: () => number
}

function feedsOf(options: FeedPlan, communicator: Communicator): PollingFeed[] {
  const { identity, config, framework, ...rest } = options
  const { locator, tars } = identity
  const isWanted = (name: FeedName) => wantsFeed(config, name)
  const feeds: PollingFeed[] = []
  const ask = locator === undefined ? undefined : queryPorts(communicator)
  const query =
    isWanted('query') && ask
      ? new QueryFeed({ ...rest, ask, framework, timeZone: config.timeZone })
      : undefined
  if (query) feeds.push(query)
  const isNamed = config.database ?? tars.section('tars/db') ?? tars.section('tars/elk')
  if (isWanted('database') && (locator ?? isNamed) !== undefined) {
    // Of statistics and properties the query feed reads the same, and needs no credentials.
    const reads = (kind: QueryKind) => query?.isOut(kind) ?? true
    feeds.push(databaseFeed(options, communicator, { ...rest, reads }))
  }
  if (isWanted('registry') && locator !== undefined) {
    const admin = adminRegistry(communicator)
    const registry = proxy(communicator, QueryF, locator)
    feeds.push(new RegistryFeed({ ...rest, admin, query: registry }))
  }
  return feeds
}

/** Elasticsearch where the template of K8SFramework names one, else MySQL. */
function databaseFeed(
  { identity, config }: PollingOptions,
  communicator: Communicator,
  options: StoredFeedOptions,
): PollingFeed {
  const place = elasticsearchPlace(identity.tars, options.log)
  if (place) return new ElasticsearchFeed({ ...options, place })
  const admin = identity.locator === undefined ? undefined : adminRegistry(communicator)
  return new DatabaseFeed({
    ...options,
    credentials: () =>
      findFrameworkDb({
        url: config.database,
        tarsConfig: identity.tars,
        registry: admin,
      }),
  })
}

/** A template that makes no sense is no reason not to start. */
function elasticsearchPlace(tars: TarsConfig, log: Log): ElasticsearchPlace | undefined {
  try {
    return elasticsearchOf(tars)
  } catch (error) {
    log.error({ error: messageOf(error) }, 'database: the TARS config is not understood')
    return undefined
  }
}

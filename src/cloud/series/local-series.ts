/** The series in this thread: the port over a store on this disk. */
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import { threadTurns } from '../../support/turns.ts'
import { BATCH_LIMITS, type ColumnBatch, ColumnMemory, decodeColumns } from '../../wire/index.ts'
import type { Appended, EnvironmentId } from '../ingest/ports.ts'
import type { SeriesStats } from './environment-series.ts'
import type { ReporterView } from './feeds/reporters.ts'
import type { Retention } from './limits.ts'
import type { Progress, SeriesPort } from './port.ts'
import { SourceQueries } from './read/source-queries.ts'
import type { AppendedSamples } from './samples/sample-appending.ts'
import { type RecoveryReport, SeriesStore, type SeriesStoreOptions } from './series-store.ts'

/** Memory for columns is kept for so many batches that wait for the disk at a time; more get new memory. */
const KEPT_MEMORIES = 4

export class LocalSeries extends SourceQueries implements SeriesPort {
  readonly report: RecoveryReport
  readonly #store: SeriesStore
  readonly #memories: ColumnMemory[] = []

  private constructor(store: SeriesStore) {
    super({
      sourceOf: (environment, onMissing) => store.source(environment, onMissing),
      sourceAt: (environment, at, onMissing) => store.sourceAt(environment, at, onMissing),
    })
    this.#store = store
    this.report = store.report
  }

  /** @throws {SeriesFailure} the folder cannot be read or written. */
  static async open(options: SeriesStoreOptions): Promise<LocalSeries> {
    return new LocalSeries(await SeriesStore.open(options))
  }

  async append(environment: EnvironmentId, bytes: Buffer, receivedAt: UnixMs): Promise<Appended> {
    const memory = this.#memories.pop() ?? new ColumnMemory()
    try {
      const batch = decodeColumns(bytes, BATCH_LIMITS, memory)
      const { applied } = await this.#store.appendColumns(environment, batch, receivedAt, bytes)
      return { applied, ...summaryOf(batch) }
    } finally {
      if (this.#memories.length < KEPT_MEMORIES) this.#memories.push(memory)
    }
  }

  appendSamples(
    environment: EnvironmentId,
    batch: SampleBatch,
    receivedAt: UnixMs,
  ): Promise<AppendedSamples> {
    return this.#store.appendSamples(environment, batch, receivedAt)
  }

  async newest(environment: EnvironmentId): Promise<UnixMs | undefined> {
    return this.#store.newest(environment)
  }

  async events(
    environment: EnvironmentId,
    labels: readonly Labels[],
    fromMs: UnixMs,
    toMs: UnixMs,
  ): Promise<readonly (readonly NotifyEvent[])[]> {
    const found: (readonly NotifyEvent[])[] = []
    for (const each of labels) {
      if (threadTurns.isOver) await threadTurns.next()
      found.push(this.#store.events(environment, each, fromMs, toMs))
    }
    return found
  }

  async reporters(environment: EnvironmentId, limit: number): Promise<readonly ReporterView[]> {
    return this.#store.reporters(environment, limit)
  }

  async stats(environment: EnvironmentId): Promise<SeriesStats | undefined> {
    return this.#store.stats(environment)
  }

  async environments(): Promise<readonly Progress[]> {
    return this.#store.environments().map((environment) => this.#progress(environment))
  }

  async setRetention(environment: EnvironmentId, retention?: Retention): Promise<void> {
    this.#store.setRetention(environment, retention)
  }

  removeEnvironment(environment: EnvironmentId): Promise<void> {
    return this.#store.removeEnvironment(environment)
  }

  onApplied(listener: (progress: Progress) => void): void {
    this.#store.onAppended((environment) => {
      const oldestMs = this.#store.takeOldest(environment)
      const progress = this.#progress(environment)
      listener({ ...progress, ...(oldestMs !== undefined && { oldestMs }) })
    })
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  #progress(environment: EnvironmentId): Progress {
    const reached = this.#store.reached(environment)
    const receivedAt = reached === undefined ? 0 : this.#store.lastReceived(environment, reached)
    return { environment, reached, receivedAt, feeds: this.#store.feeds(environment) }
  }
}

function summaryOf({ id, agent, windows, events }: ColumnBatch): Omit<Appended, 'applied'> {
  let stats = 0
  let properties = 0
  let windowEndMs: UnixMs | undefined
  for (const window of windows) {
    stats += window.stats.length
    properties += window.properties.length
    windowEndMs = Math.max(windowEndMs ?? window.endMs, window.endMs)
  }
  return {
    agent: { ...agent, id: id.agent },
    ...(windowEndMs !== undefined && { windowEndMs }),
    ...{ stats, properties, events: events.length },
  }
}

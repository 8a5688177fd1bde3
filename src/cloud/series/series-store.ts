/** The series of all environments, each in a folder of its own. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Source } from '../../promql/index.ts'
import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'
import { type Batch, type ColumnBatch, decodeColumns, encodeBatch } from '../../wire/index.ts'
import type { EnvironmentId } from '../ingest/ports.ts'
import { BlockCache } from './block/block-cache.ts'
import { EnvironmentSeries, type SeriesStats } from './environment-series.ts'
import { diskFailure } from './failure.ts'
import type { ReporterView } from './feeds/reporters.ts'
import type { FeedMark } from './feeds/watermark.ts'
import { Upkeeper } from './flush/upkeeper.ts'
import { DEFAULT_LIMITS, type Retention, type SeriesLimits } from './limits.ts'
import { closedFailure, type LogReport } from './log/batch-log.ts'
import { polledAsOf } from './read/polled-as-of.ts'
import type { AppendedSamples } from './samples/sample-appending.ts'

export interface SeriesStoreOptions extends Partial<SeriesLimits> {
  /** Everything is below it; made when it is not there. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  /** Called after work that took more memory than there is in use otherwise. */
  readonly onHeavyUpkeep?: () => void
}

/** What opening found on disk. */
export interface RecoveryReport extends LogReport {
  readonly environments: number
  readonly blocks: number
  readonly tookMs: number
}

/** Of what is read of blocks. */
const CACHE_BYTES = 64 * 1024 * 1024
const NOTHING_FOUND: RecoveryReport = {
  ...{ environments: 0, segments: 0, records: 0, broken: 0, tornBytes: 0, blocks: 0, tookMs: 0 },
}
/** A source that knows its labels without reading samples. */
export interface LabelledSource extends Source {
  labelSets(...range: SelectRange): Promise<readonly Labels[]>
  labelNames(...range: SelectRange): Promise<ReadonlySet<string>>
  labelValues(name: string, ...range: SelectRange): Promise<ReadonlySet<string>>
}

type SelectRange = Parameters<Source['select']>

const EMPTY: LabelledSource = {
  select: () => [],
  labelSets: async () => [],
  labelNames: async () => new Set(),
  labelValues: async () => new Set(),
}

export class SeriesStore {
  readonly #options: SeriesStoreOptions
  readonly #cache = new BlockCache(CACHE_BYTES)
  readonly #upkeeper: Upkeeper
  readonly #environments = new Map<EnvironmentId, EnvironmentSeries>()
  readonly #opening = new Map<EnvironmentId, Promise<EnvironmentSeries>>()
  /** Of those that have one of their own. */
  readonly #retentions = new Map<EnvironmentId, Retention>()
  /** No batch that was on its way may bring them back. */
  readonly #removed = new Set<EnvironmentId>()
  readonly #listeners: ((environment: EnvironmentId) => void)[] = []
  #report: RecoveryReport = { ...NOTHING_FOUND }
  #closed = false

  private constructor(options: SeriesStoreOptions) {
    this.#options = options
    this.#upkeeper = new Upkeeper(options.clock, options.log, options.onHeavyUpkeep)
  }

  /** @throws {SeriesFailure} the folder cannot be read or written. */
  static async open(options: SeriesStoreOptions): Promise<SeriesStore> {
    const store = new SeriesStore(options)
    const since = options.clock.now()
    const found = { segments: 0, records: 0, broken: 0, tornBytes: 0, blocks: 0 }
    for (const id of await environmentFolders(options.folder)) {
      const { series, report } = await store.#openOne(id)
      store.#environments.set(id, series)
      for (const name of keysOf(found)) found[name] += report[name]
      if (report.broken > 0)
        options.log.error({ environment: id, ...report }, 'broken data skipped')
    }
    const environments = store.#environments.size
    store.#report = { environments, ...found, tookMs: options.clock.now() - since }
    options.log.info(store.#report, 'series recovered')
    return store
  }

  /** What opening found on disk. */
  get report(): RecoveryReport {
    return this.#report
  }

  /** `bytes`: the batch as it came, when it came as bytes. */
  append(
    environment: EnvironmentId,
    batch: Batch,
    receivedAt: UnixMs,
    bytes: Buffer = encodeBatch(batch),
  ): Promise<{ applied: boolean }> {
    return this.appendColumns(environment, decodeColumns(bytes), receivedAt, bytes)
  }

  /** As `append`, without an object for each row. */
  async appendColumns(
    environment: EnvironmentId,
    batch: ColumnBatch,
    receivedAt: UnixMs,
    bytes: Buffer,
  ): Promise<{ applied: boolean }> {
    const series = await this.#series(environment)
    const answer = await series.append(batch, bytes, receivedAt)
    if (!answer.applied) return answer
    for (const listener of this.#listeners) listener(environment)
    if (series.isFlushDue) this.#upkeeper.wake(environment, series)
    return answer
  }

  /** Resolves when they are durable, with what was stored and what was refused. */
  async appendSamples(
    environment: EnvironmentId,
    batch: SampleBatch,
    receivedAt: UnixMs,
  ): Promise<AppendedSamples> {
    const series = await this.#series(environment)
    const appended = await series.appendSamples(batch, receivedAt)
    if (series.isFlushDue) this.#upkeeper.wake(environment, series)
    return appended
  }

  /** The newest instant any data told of; undefined before the first. */
  newest(environment: EnvironmentId): UnixMs | undefined {
    const newestMs = this.#environments.get(environment)?.head.newestMs ?? -Infinity
    return newestMs > -Infinity ? newestMs : undefined
  }

  /** `listener` is called after each batch that was applied; it must not throw. */
  onAppended(listener: (environment: EnvironmentId) => void): void {
    this.#listeners.push(listener)
  }

  /** `onMissing` is told, in words, of what cannot be read; answers lack it. */
  source(environment: EnvironmentId, onMissing?: (what: string) => void): LabelledSource {
    const series = this.#environments.get(environment)
    if (!series) return EMPTY
    const told = onMissing ? { onMissing } : {}
    return {
      select: (matchers, startMs, endMs, extent) =>
        series.select({ matchers, startMs, endMs, ...(extent && { extent }), ...told }),
      labelSets: (matchers, startMs, endMs) =>
        series.labelSets({ matchers, startMs, endMs, ...told }),
      labelNames: (matchers, startMs, endMs) =>
        series.labelNames({ matchers, startMs, endMs, ...told }),
      labelValues: (name, matchers, startMs, endMs) =>
        series.labelValues(name, { matchers, startMs, endMs, ...told }),
    }
  }

  /** Brings what is in memory to disk, then does whatever else is due. For tests and tools. */
  async flush(environment: EnvironmentId): Promise<void> {
    const series = this.#environments.get(environment)
    if (series) await this.#upkeeper.flush(environment, series)
  }

  /** Resolves when nothing goes on behind the back of ingest. For tests. */
  settled(): Promise<void> {
    return this.#upkeeper.settled()
  }

  /** As rules see it at `at`: of what is polled the newest bucket. */
  sourceAt(environment: EnvironmentId, at: UnixMs, onMissing?: (what: string) => void): Source {
    const reached = this.#environments.get(environment)?.head.readings.reached('stat')
    return polledAsOf(this.source(environment, onMissing), reached, at)
  }

  /** Which feed counts for whom, those heard last first. */
  reporters(environment: EnvironmentId, limit: number): ReporterView[] {
    return this.#environments.get(environment)?.head.reporters.list(limit) ?? []
  }

  /** As `EventLog` of the alerts wants it: the newest 50 in `[fromMs, toMs)` with these labels, oldest first. */
  events(
    environment: EnvironmentId,
    labels: Labels,
    fromMs: UnixMs,
    toMs: UnixMs,
  ): readonly NotifyEvent[] {
    return this.#environments.get(environment)?.head.events.select(labels, fromMs, toMs) ?? []
  }

  /** Up to where data is complete: every agent heard in the last 30 s has closed these windows. */
  watermark(environment: EnvironmentId, nowMs: UnixMs): UnixMs | undefined {
    return this.#environments.get(environment)?.watermark.at(nowMs)
  }

  /** How far the watermark ever rose, also before a restart; undefined before the first window. */
  reached(environment: EnvironmentId): UnixMs | undefined {
    return this.#environments.get(environment)?.watermark.reached
  }

  /** How far each feed ever came. */
  feeds(environment: EnvironmentId): FeedMark[] {
    return this.#environments.get(environment)?.watermark.feeds ?? []
  }

  /** As `Watermark.takeOldest`. */
  takeOldest(environment: EnvironmentId): UnixMs | undefined {
    return this.#environments.get(environment)?.watermark.takeOldest()
  }

  /** When the batch arrived that brought the watermark to `windowEndMs`; 0 when no batch ever came. */
  lastReceived(environment: EnvironmentId, windowEndMs: UnixMs): UnixMs {
    return this.#environments.get(environment)?.watermark.receivedAt(windowEndMs) ?? 0
  }

  environments(): EnvironmentId[] {
    return [...this.#environments.keys()]
  }

  /** Sizes for our own metrics; undefined for an environment that never sent a batch. */
  stats(environment: EnvironmentId): SeriesStats | undefined {
    return this.#environments.get(environment)?.stats()
  }

  /** From its next flush on; undefined: that of the options. Not kept on disk. */
  setRetention(environment: EnvironmentId, retention: Retention | undefined): void {
    if (retention) this.#retentions.set(environment, retention)
    else this.#retentions.delete(environment)
    this.#environments.get(environment)?.setRetention(retention)
  }

  /** Deletes its files, and takes no more of its batches. */
  async removeEnvironment(environment: EnvironmentId): Promise<void> {
    this.#removed.add(environment)
    await this.#opening.get(environment)
    const series = this.#environments.get(environment)
    this.#environments.delete(environment)
    this.#retentions.delete(environment)
    await this.#upkeeper.end(environment, series)
    await series?.remove()
  }

  /** What is being appended is still made durable. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#opening.values())
    for (const [id, series] of this.#environments) await this.#upkeeper.end(id, series)
    await Promise.all([...this.#environments.values()].map((series) => series.close()))
  }

  async #series(environment: EnvironmentId): Promise<EnvironmentSeries> {
    if (this.#closed || this.#removed.has(environment)) throw closedFailure()
    const known = this.#environments.get(environment)
    if (known) return known
    const opening = this.#opening.get(environment) ?? this.#create(environment)
    this.#opening.set(environment, opening)
    try {
      return await opening
    } finally {
      this.#opening.delete(environment)
    }
  }

  async #create(environment: EnvironmentId): Promise<EnvironmentSeries> {
    if (!isFolderName(environment)) throw new RangeError(`environment ${environment}`)
    try {
      const { series } = await this.#openOne(environment)
      this.#environments.set(environment, series)
      return series
    } catch (cause) {
      throw diskFailure(cause, `open series of ${environment}`)
    }
  }

  async #openOne(environment: EnvironmentId) {
    const { folder, log, ...given } = this.#options
    const series = new EnvironmentSeries({
      folder: join(folder, environment),
      limits: { ...DEFAULT_LIMITS, ...given },
      cache: this.#cache,
      onDamage: ({ message }) => log.error({ environment, error: message }, 'block damaged'),
    })
    const report = await series.open()
    // What is applied once more was heard long ago.
    series.watermark.takeOldest()
    series.setRetention(this.#retentions.get(environment))
    return { series, report }
  }
}

function keysOf<Key extends string>(counts: Readonly<Record<Key, number>>): Key[] {
  return Object.keys(counts) as Key[]
}

async function environmentFolders(folder: string): Promise<EnvironmentId[]> {
  try {
    await mkdir(folder, { recursive: true })
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory() && isFolderName(entry.name))
      .map(({ name }) => name)
  } catch (cause) {
    throw diskFailure(cause, `open ${folder}`)
  }
}

function isFolderName(environment: EnvironmentId): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(environment)
}

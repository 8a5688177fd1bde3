/** The series of all environments, each in a folder of its own. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Matcher, Source } from '../../promql/index.ts'
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { type Batch, encodeBatch } from '../../wire/index.ts'
import type { EnvironmentId } from '../ingest/ports.ts'
import { closedFailure, type LogReport } from './batch-log.ts'
import { EnvironmentSeries, type SeriesStats } from './environment-series.ts'
import { diskFailure } from './failure.ts'
import type { SeriesName } from './family.ts'
import type { HeadLimits } from './head.ts'
import { polledAsOf } from './polled-as-of.ts'
import type { ReporterView } from './reporters.ts'

export interface SeriesStoreOptions extends Partial<HeadLimits> {
  /** Everything is below it; made when it is not there. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
}

/** What opening found on disk. */
export interface RecoveryReport extends LogReport {
  readonly environments: number
  readonly tookMs: number
}

const DEFAULTS: HeadLimits = { retentionMs: 26 * 3600_000, maxRecords: 200_000, maxEvents: 20_000 }
const EMPTY: Source = { select: () => [] }

export class SeriesStore {
  /** What opening found on disk. */
  readonly report: RecoveryReport
  readonly #options: SeriesStoreOptions & HeadLimits
  readonly #environments: Map<EnvironmentId, EnvironmentSeries>
  readonly #opening = new Map<EnvironmentId, Promise<EnvironmentSeries>>()
  /** No batch that was on its way may bring them back. */
  readonly #removed = new Set<EnvironmentId>()
  readonly #listeners: ((environment: EnvironmentId) => void)[] = []
  /** What was said last when old segments could not be dropped. */
  readonly #dropErrors = new Map<EnvironmentId, string>()
  #closed = false

  private constructor(
    options: SeriesStoreOptions & HeadLimits,
    environments: Map<EnvironmentId, EnvironmentSeries>,
    report: RecoveryReport,
  ) {
    this.#options = options
    this.#environments = environments
    this.report = report
  }

  /** @throws {SeriesFailure} the folder cannot be read or written. */
  static async open(given: SeriesStoreOptions): Promise<SeriesStore> {
    const options = { ...DEFAULTS, ...given }
    const { folder, clock, log } = options
    const since = clock.now()
    const environments = new Map<EnvironmentId, EnvironmentSeries>()
    const sum = { segments: 0, records: 0, broken: 0, tornBytes: 0 }
    for (const id of await environmentFolders(folder)) {
      const series = new EnvironmentSeries(join(folder, id), options)
      const found = await series.open()
      environments.set(id, series)
      for (const name of ['segments', 'records', 'broken', 'tornBytes'] as const) {
        sum[name] += found[name]
      }
      if (found.broken > 0) log.error({ environment: id, ...found }, 'broken records skipped')
    }
    const report = { environments: environments.size, ...sum, tookMs: clock.now() - since }
    log.info(report, 'series recovered')
    return new SeriesStore(options, environments, report)
  }

  /** `bytes`: the batch as it came, when it came as bytes. */
  async append(
    environment: EnvironmentId,
    batch: Batch,
    receivedAt: UnixMs,
    bytes: Buffer = encodeBatch(batch),
  ): Promise<{ applied: boolean }> {
    const series = await this.#series(environment)
    const answer = await series.append(batch, bytes, receivedAt)
    if (!answer.applied) return answer
    for (const listener of this.#listeners) listener(environment)
    this.#dropOld(environment, series, receivedAt)
    return answer
  }

  /** `listener` is called after each batch that was applied; it must not throw. */
  onAppended(listener: (environment: EnvironmentId) => void): void {
    this.#listeners.push(listener)
  }

  source(environment: EnvironmentId): Source {
    return this.#environments.get(environment)?.head ?? EMPTY
  }

  /** No batch of the environment is applied meanwhile. */
  reading<Result>(environment: EnvironmentId, read: () => Promise<Result>): Promise<Result> {
    const head = this.#environments.get(environment)?.head
    return head ? head.reading(read) : read()
  }

  /** What the series are called that a selection would find. */
  *names(
    environment: EnvironmentId,
    matchers: readonly Matcher[],
    startMs: UnixMs,
    endMs: UnixMs,
  ): Generator<SeriesName> {
    const head = this.#environments.get(environment)?.head
    if (head) yield* head.names(matchers, startMs, endMs)
  }

  /** As rules see it at `at`: of what is polled the newest bucket. */
  sourceAt(environment: EnvironmentId, at: UnixMs): Source {
    const reached = this.#environments.get(environment)?.head.readings.reached('stat')
    return polledAsOf(this.source(environment), reached, at)
  }

  /** Which feed counts for whom, those heard last first. */
  reporters(environment: EnvironmentId, limit: number): ReporterView[] {
    return this.#environments.get(environment)?.head.reporters.list(limit) ?? []
  }

  /** The newest 50 in `[fromMs, toMs)` with these labels, oldest first. */
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

  /** Deletes its files, and takes no more of its batches. */
  async removeEnvironment(environment: EnvironmentId): Promise<void> {
    this.#removed.add(environment)
    await this.#opening.get(environment)
    const series = this.#environments.get(environment)
    this.#environments.delete(environment)
    await series?.remove()
  }

  /** What is being appended is still made durable. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#opening.values())
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
    const series = new EnvironmentSeries(join(this.#options.folder, environment), this.#options)
    try {
      await series.open()
    } catch (cause) {
      throw diskFailure(cause, `open series of ${environment}`)
    }
    this.#environments.set(environment, series)
    return series
  }

  #dropOld(environment: EnvironmentId, series: EnvironmentSeries, now: UnixMs): void {
    const said = this.#dropErrors.get(environment)
    series.dropOld(now).then(
      () => this.#dropErrors.delete(environment),
      (cause: unknown) => {
        const error = messageOf(cause)
        this.#dropErrors.set(environment, error)
        if (error !== said) this.#options.log.warn({ environment, error }, 'old segments stay')
      },
    )
  }
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

/**
 * The one way to the series of all environments. Everything that passes is plain data, so that they can live
 * in another thread, or behind another store that evaluates whole expressions itself.
 */
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Expr, Limits, Matcher, SeriesData, Value } from '../../promql/index.ts'
import type { BatchIntake, EnvironmentId } from '../ingest/ports.ts'
import type { SeriesStats } from './environment-series.ts'
import type { ReporterView } from './feeds/reporters.ts'
import type { FeedMark } from './feeds/watermark.ts'
import type { Retention } from './limits.ts'
import type { AppendedSamples } from './samples/sample-appending.ts'
import type { RecoveryReport } from './series-store.ts'

/** Up to where the data of an environment is complete. */
export interface Progress {
  readonly environment: EnvironmentId
  /** How far the watermark ever rose; undefined before the first window. */
  readonly reached: UnixMs | undefined
  /** When the batch arrived that brought it there; 0 when none did. */
  readonly receivedAt: UnixMs
  /** How far each feed came, also where not all agents have. */
  readonly feeds: readonly FeedMark[]
  /**
   * Told by `onApplied`: since it was told last, the end of the oldest window with data, or the oldest event.
   * Absent when there was none.
   */
  readonly oldestMs?: UnixMs
}

export interface ReadOptions {
  readonly limits?: Partial<Limits>
  /** Cancels the query, also while it waits. */
  readonly signal?: AbortSignal
}

export interface QueryOptions extends ReadOptions {
  readonly lookbackMs?: number
}

export interface InstantOptions extends QueryOptions {
  /**
   * Of what is polled in buckets of 5 min the newest counts as the present; and the query does not wait for
   * those of people.
   */
  readonly forRule?: boolean
}

/** Both ends included. */
export interface Range {
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  readonly stepMs: number
}

/** Series that satisfy all matchers of one of `matchers` and have samples in `[startMs, endMs]`. */
export interface Selector {
  readonly matchers: readonly (readonly Matcher[])[]
  readonly startMs: UnixMs
  readonly endMs: UnixMs
}

/**
 * Questions in the language. Rejects with `PromqlError` and `SeriesFailure`. An environment that never sent
 * anything has no series; that is no failure.
 */
export interface SeriesQueries {
  /** What a text is parsed into is kept. */
  instant(
    environment: EnvironmentId,
    expr: Expr | string,
    atMs: UnixMs,
    options?: InstantOptions,
  ): Promise<Value>
  range(
    environment: EnvironmentId,
    expr: Expr | string,
    range: Range,
    options?: QueryOptions,
  ): Promise<Value>
  /** With their samples. */
  select(
    environment: EnvironmentId,
    selector: Selector,
    options?: ReadOptions,
  ): Promise<readonly SeriesData[]>
  /** Of the series that `select` would find; in no order, none twice. */
  labelSets(
    environment: EnvironmentId,
    selector: Selector,
    options?: ReadOptions,
  ): Promise<readonly Labels[]>
  /** In no order, none twice. */
  labelNames(
    environment: EnvironmentId,
    selector: Selector,
    options?: ReadOptions,
  ): Promise<readonly string[]>
  /** In no order, none twice, '' not among them. */
  labelValues(
    environment: EnvironmentId,
    name: string,
    selector: Selector,
    options?: ReadOptions,
  ): Promise<readonly string[]>
}

/** Appends reject with `WireError` and `SeriesFailure`. */
export interface SeriesPort extends BatchIntake, SeriesQueries {
  /** What opening found on disk. */
  readonly report: RecoveryReport
  /**
   * Series of single values. Resolves when all but the refused is durable; the same again changes nothing and
   * counts as written; another value for a time is refused, unless the batch replaces. The batch is given away.
   */
  appendSamples(
    environment: EnvironmentId,
    batch: SampleBatch,
    receivedAt: UnixMs,
  ): Promise<AppendedSamples>
  /** The newest instant that any data told of; undefined before the first. */
  newest(environment: EnvironmentId): Promise<UnixMs | undefined>
  /** For each of `labels` the newest 50 raw events in `[fromMs, toMs)` that have them, oldest first. */
  events(
    environment: EnvironmentId,
    labels: readonly Labels[],
    fromMs: UnixMs,
    toMs: UnixMs,
  ): Promise<readonly (readonly NotifyEvent[])[]>
  /** Which feed counts for whom, those heard last first. */
  reporters(environment: EnvironmentId, limit: number): Promise<readonly ReporterView[]>
  /** Sizes for our own metrics; undefined for an environment that never sent a batch. */
  stats(environment: EnvironmentId): Promise<SeriesStats | undefined>
  environments(): Promise<readonly Progress[]>
  /**
   * Counts from its next flush on, until the port is closed; without one it is kept as long as all others. What
   * was deleted does not come back.
   */
  setRetention(environment: EnvironmentId, retention: Retention | undefined): Promise<void>
  /** Deletes its files, and takes no more of its batches. */
  removeEnvironment(environment: EnvironmentId): Promise<void>
  /** `listener` hears of each batch that was applied, before its `append` resolves; it must not throw. */
  onApplied(listener: (progress: Progress) => void): void
  /** What is being appended is still made durable. */
  close(): Promise<void>
}

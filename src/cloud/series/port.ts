/**
 * The one way to the series of all environments. Everything that passes is plain data, so that they can live
 * in another thread, or behind another store that evaluates whole expressions itself.
 */
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Expr, Limits, Matcher, SeriesData, Value } from '../../promql/index.ts'
import type { BatchSink, EnvironmentId } from '../ingest/ports.ts'
import type { SeriesStats } from './environment-series.ts'
import type { ReporterView } from './reporters.ts'
import type { RecoveryReport } from './series-store.ts'

/** Up to where the data of an environment is complete. */
export interface Progress {
  readonly environment: EnvironmentId
  /** How far the watermark ever rose; undefined before the first window. */
  readonly reached: UnixMs | undefined
  /** When the batch arrived that brought it there; 0 when none did. */
  readonly receivedAt: UnixMs
}

export interface QueryOptions {
  readonly lookbackMs?: number
  readonly limits?: Partial<Limits>
  /** Cancels the query. */
  readonly signal?: AbortSignal
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

export interface Found<Thing> {
  readonly found: readonly Thing[]
  /** There are more than the limit. */
  readonly isCut: boolean
}

/**
 * Rejects with `SeriesFailure`; queries also with `PromqlError`, appends with `WireError`. An environment that
 * never sent anything has no series; that is no failure.
 */
export interface SeriesPort extends BatchSink {
  /** What opening found on disk. */
  readonly report: RecoveryReport
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
  /** With their samples; rejects when there are more than `options.limits` allow. */
  select(
    environment: EnvironmentId,
    selector: Selector,
    options?: QueryOptions,
  ): Promise<readonly SeriesData[]>
  /** Without their samples. */
  series(environment: EnvironmentId, selector: Selector, limit: number): Promise<Found<Labels>>
  /** Sorted. */
  labelNames(environment: EnvironmentId, selector: Selector, limit: number): Promise<Found<string>>
  /** Sorted. */
  labelValues(
    environment: EnvironmentId,
    name: string,
    selector: Selector,
    limit: number,
  ): Promise<Found<string>>
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
  /** Deletes its files, and takes no more of its batches. */
  removeEnvironment(environment: EnvironmentId): Promise<void>
  /** `listener` hears of each batch that was applied, before its `append` resolves; it must not throw. */
  onApplied(listener: (progress: Progress) => void): void
  /** What is being appended is still made durable. */
  close(): Promise<void>
}

/** What a backtest needs of others. */
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Expr, Matcher, Source, Value } from '../../promql/index.ts'
import type { InstantValue } from '../rules/ports.ts'
import type { Instants } from './instants.ts'

/** What is stored of one environment. Nothing is written. Rejects with `PromqlError` as the language does. */
export interface StoredSeries {
  /** A matrix. `text` is what `expr` was parsed from. */
  range(query: { readonly text: string; readonly expr: Expr }, instants: Instants): Promise<Value>
  instant(text: string, at: UnixMs): Promise<InstantValue>
  /** The samples themselves: for rules that read what other rules write. */
  readonly source: Source
  /** For each of `labels` the raw events in `[fromMs, toMs)`, oldest first; none where they are not known. */
  events(
    labels: readonly Labels[],
    fromMs: UnixMs,
    toMs: UnixMs,
  ): Promise<readonly (readonly NotifyEvent[])[]>
  /** How many services called or were called in that time. */
  services(fromMs: UnixMs, toMs: UnixMs): Promise<number>
  /** Whether there may be such series in that time; false: there are none. Samples are not read. */
  mayHave(matchers: readonly Matcher[], fromMs: UnixMs, toMs: UnixMs): Promise<boolean>
  /** What of what was asked so far could not be read, in words: answers lack it. A few of them. */
  unreadable(): readonly string[]
}

/** What baselines need of others. */
import type { SampleBatch } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Value } from '../../promql/index.ts'
import type { CalendarSettings } from '../calendar/special-day.ts'
import type { Threshold } from './threshold.ts'

/** Both ends included. */
export interface Range {
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  readonly stepMs: number
}

/** The series of one environment. */
export type RangeQuery = (expr: string, range: Range) => Promise<Value>

export interface Appended {
  readonly refused: readonly {
    readonly reason: string
    /** Samples. */
    readonly count: number
    readonly first: string
  }[]
}

/** The series of all environments: read by PromQL, appended to by their own names. */
export interface BaselineSeries {
  range(environment: string, expr: string, range: Range): Promise<Value>
  appendSamples(environment: string, batch: SampleBatch, receivedAt: UnixMs): Promise<Appended>
}

/** Asked again for each refresh. */
export interface CalendarSource {
  calendar(environment: string): Promise<CalendarSettings>
}

export interface ThresholdSource {
  thresholds(environment: string): Promise<readonly Threshold[]>
}

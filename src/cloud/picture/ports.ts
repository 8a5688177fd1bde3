/** What pictures need of others. */
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Point } from './picture.ts'

export interface ReadSeries {
  readonly labels: Labels
  readonly points: readonly Point[]
}

/** The series of one environment. Rejects when the data cannot be read, or would take too long. */
export interface PictureQuery {
  instant(
    expr: string,
    at: UnixMs,
  ): Promise<readonly { readonly labels: Labels; readonly value: number }[]>
  /** Both ends included. */
  range(
    expr: string,
    startMs: UnixMs,
    endMs: UnixMs,
    stepMs: number,
  ): Promise<readonly ReadSeries[]>
}

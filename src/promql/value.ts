import type { Labels } from '../model/labels.ts'
import type { UnixMs } from '../model/time.ts'
import type { Annotations } from './annotation.ts'
import type { SeriesData } from './source.ts'

export interface VectorSample {
  readonly labels: Labels
  readonly value: number
  readonly atMs: UnixMs
}

interface Annotated {
  readonly annotations: Annotations
}

/** The answer to a query. */
export type Value =
  /** In no order but that of `sort`, `topk` and the like. */
  | ({ readonly type: 'vector'; readonly samples: readonly VectorSample[] } & Annotated)
  | ({ readonly type: 'scalar'; readonly value: number } & Annotated)
  | ({ readonly type: 'string'; readonly value: string } & Annotated)
  /** Ordered by labels. */
  | ({ readonly type: 'matrix'; readonly series: readonly SeriesData[] } & Annotated)

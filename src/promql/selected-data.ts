import type { Work } from '../support/turns.ts'
import type { MatrixSelector, VectorSelector } from './ast.ts'
import type { Budget } from './budget.ts'
import type { Grid, RowSink } from './frame.ts'
import { type Metric, metricOf } from './metric.ts'
import type { Ranges } from './range-series.ts'
import { atOf, type Found, type Period, type Selected } from './selection.ts'
import { lookUp } from './selector.ts'
import type { SeriesData } from './source.ts'

export interface Query extends Period {
  readonly lookbackMs: number
  /** Of subqueries that name no step. */
  readonly subqueryStepMs: number
  /** Names go at the end of the evaluation. */
  readonly delayed: boolean
  /** Aggregations take the short way where there is one. */
  readonly straight: boolean
}

/** What the selectors of a query found, as the evaluation needs it. */
export class SelectedData {
  readonly #query: Query
  readonly #selected: Selected
  readonly #budget: Budget

  constructor(query: Query, selected: Selected, budget: Budget) {
    this.#query = query
    this.#selected = selected
    this.#budget = budget
  }

  of(selector: VectorSelector): Found {
    const found = this.#selected.get(selector)
    if (!found) throw new RangeError('a selector whose data was not fetched')
    return found
  }

  /** An instant vector selector into a sink; how many series have a sample. */
  lookUp(
    selector: VectorSelector,
    { grid, timestamps }: { readonly grid: Grid; readonly timestamps: boolean },
    sink: RowSink,
  ): Work<number> {
    const { series } = this.of(selector)
    this.#budget.takeSamples(series.length * grid.steps)
    const { lookbackMs } = this.#query
    const { offsetMs } = selector
    const atMs = atOf(selector.at, this.#query)
    return lookUp(series, { grid, lookbackMs, offsetMs, atMs, timestamps }, sink, this.#budget)
  }

  windowsOf({ vector, rangeMs }: MatrixSelector): Ranges {
    const { series, distinctNameless } = this.of(vector)
    const { offsetMs } = vector
    const atMs = atOf(vector.at, this.#query)
    const nameOf = (i: number) => series[i]?.labels.__name__ ?? ''
    const place = { rangeMs, offsetMs, atMs }
    const metricOf = metricsOf(series)
    return { ...place, series, metricOf, nameOf, distinctNameless, subquery: false }
  }
}

export function metricsOf(series: readonly SeriesData[]): (i: number) => Metric {
  return (i) => metricOf((series[i] as SeriesData).labels)
}

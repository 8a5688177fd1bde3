import type { UnixMs } from '../model/time.ts'
import type { Work } from '../support/turns.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import type { Frame, Grid, RowSink } from './frame.ts'
import { instantOf } from './frame.ts'
import { firstAfter, type Samples } from './range-series.ts'
import { isStale } from './source.ts'

interface Lookup {
  readonly grid: Grid
  readonly lookbackMs: number
  readonly offsetMs: number
  /** Where `@` holds the selector. */
  readonly atMs: UnixMs | undefined
  /** Takes the samples' times, in seconds, for their values. */
  readonly timestamps: boolean
}

/**
 * An instant vector selector: of each series the newest sample that is not older than the lookback. Returns how
 * many series have one.
 */
export function* lookUp(
  series: readonly Samples[],
  lookup: Lookup,
  sink: RowSink,
  budget: Budget,
): Work<number> {
  const { grid, timestamps } = lookup
  let used = 0
  const newest = new Int32Array(grid.steps)
  let known: ArrayLike<number> | undefined
  yield* budget.each(series.length, SERIES_WORK + grid.steps, (i) => {
    const each = series[i] as Samples
    const { times } = each
    const values = each.piece ?? each.values
    const shift = each.piece ? (each.from ?? 0) : 0
    // Series of one record share their times.
    if (times !== known) findNewest(times, lookup, newest)
    known = times
    sink.begin(i)
    for (let step = 0; step < grid.steps; step++) {
      const at = newest[step] as number
      if (at < 0) continue
      const value = values[shift + at] as number
      if (!isStale(value)) sink.set(step, timestamps ? (times[at] as number) / 1000 : value)
    }
    if (sink.end()) used++
  })
  return used
}

/** For each step the index of the newest sample, -1 where it is too old. */
function findNewest(times: ArrayLike<number>, lookup: Lookup, newest: Int32Array): void {
  const { grid, lookbackMs, offsetMs } = lookup
  let next = firstAfter(times, (lookup.atMs ?? grid.startMs) - offsetMs)
  for (let step = 0; step < grid.steps; step++) {
    const refMs = (lookup.atMs ?? instantOf(grid, step)) - offsetMs
    while (next < times.length && (times[next] as number) <= refMs) next++
    newest[step] = next > 0 && (times[next - 1] as number) > refMs - lookbackMs ? next - 1 : -1
  }
}

/** The rows of a frame as series: what a subquery gives, and a range query. */
export function* samplesOfRows(frame: Frame, grid: Grid, budget: Budget): Work<readonly Samples[]> {
  const { steps, values, present } = frame
  const found: Samples[] = []
  yield* budget.each(frame.metrics.length, SERIES_WORK + steps, (row) => {
    const series: { times: number[]; values: number[] } = { times: [], values: [] }
    for (let step = 0, cell = row * steps; step < steps; step++, cell++) {
      if (present[cell] !== 1) continue
      series.times.push(instantOf(grid, step))
      series.values.push(values[cell] as number)
    }
    found.push(series)
  })
  return found
}

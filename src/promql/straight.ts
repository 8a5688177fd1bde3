import type { Aggregation, Expr, VectorSelector } from './ast.ts'
import { FOLDS } from './fold.ts'
import type { Grid } from './frame.ts'
import { GroupWriter } from './group-writer.ts'
import { keptGroups } from './kept.ts'
import { metricOf } from './metric.ts'
import { isRangeFunction, keepsName } from './range-function.ts'
import type { SeriesData } from './source.ts'

/** An aggregation whose samples can go from their series straight into the groups. */
export interface Straight {
  /** A selector, or a function of a range vector. */
  readonly inner: Expr
  readonly selector: VectorSelector
  /** The names of the series go. */
  readonly nameless: boolean
}

/** Undefined where more than a function of a selector is between series and groups. */
export function straightOf({ op, expr }: Aggregation): Straight | undefined {
  const inner = withoutParens(expr)
  if (!FOLDS[op]) return undefined
  if (inner.kind === 'vectorSelector') return { inner, selector: inner, nameless: false }
  if (inner.kind !== 'call' || !isRangeFunction(inner.func)) return undefined
  const ranges = inner.args.map(withoutParens).find(({ kind }) => kind === 'matrixSelector')
  // It gives one series for all.
  if (ranges?.kind !== 'matrixSelector' || inner.func === 'absent_over_time') return undefined
  return { inner, selector: ranges.vector, nameless: !keepsName(inner.func) }
}

export function withoutParens(expr: Expr): Expr {
  return expr.kind === 'paren' ? withoutParens(expr.expr) : expr
}

interface Names {
  readonly nameless: boolean
  /** Names go at the end of the evaluation. */
  readonly delayed: boolean
}

/** Takes the samples of series into their groups. */
export function straightWriter(
  expr: Aggregation,
  series: readonly SeriesData[],
  { nameless, delayed }: Names,
  { steps }: Grid,
): GroupWriter {
  const { op, grouping, without } = expr
  const fold = FOLDS[op]
  if (!fold) throw new RangeError(`${op} does not take its samples one by one`)
  const groups = keptGroups(expr, { names: grouping, without })
  const hidden = nameless && !delayed
  const labelsOf = (i: number) => (series[i] as SeriesData).labels
  const memberOf = (i: number) => {
    const metric = metricOf(labelsOf(i))
    return hidden ? metric.nameless() : metric
  }
  const members = {
    by: expr,
    groupOf: (i: number) => groups.numbers.ofLabels(labelsOf(i), hidden),
    sharedBy: (i: number, group: number) => groups.shared(group, () => memberOf(i)),
    isDoomed: () => nameless && delayed,
  }
  return new GroupWriter(fold, members, steps, series.length)
}

import { type Expr, selectors } from '../../promql/index.ts'
import { testOf } from './feeds-of.ts'

/** What a value is compared with: the label `by` of `tars_baseline`. */
export const COMPARED_WITH = ['recent', 'day', 'week'] as const
export type ComparedWith = (typeof COMPARED_WITH)[number]

/** Which of them an expression reads. Where one has no series yet, what the expression says of it is still learned. */
export function comparedWith(expr: Expr): ComparedWith[] {
  const baselines = selectors(expr).filter(({ matchers }) =>
    testOf(matchers, '__name__')('tars_baseline'),
  )
  return COMPARED_WITH.filter((by) => baselines.some(({ matchers }) => testOf(matchers, 'by')(by)))
}

import { labelsKey } from '../../src/model/labels.ts'
import { children, type Expr, print, typeOf } from '../../src/promql/index.ts'
import { isSame, nameless, type Outcome } from './compare.ts'
import type { Ask, Found } from './found.ts'

/** Where a difference in the last digits decides: which, how many, over or under. */
const STEPS: ReadonlySet<string> = new Set(
  'ceil floor round sgn changes resets rate increase irate count_values topk bottomk histogram_quantile == != < > <= >= % sin cos tan minute hour day_of_week day_of_month day_of_year days_in_month month year'.split(
    ' ',
  ),
)
/** Where digits cancel out: the difference is small beside the operands, not beside the result. */
const CANCELLING: ReadonlySet<string> = new Set(
  '+ - sum avg stddev stdvar delta idelta deriv predict_linear sum_over_time avg_over_time stddev_over_time stdvar_over_time'.split(
    ' ',
  ),
)

/** Whether the operands are the same to 1e-9 but not to the last bit, and what is done with them makes it more. */
export async function isKnifeEdge(found: Found, expr: Expr, ask: Ask): Promise<boolean> {
  const { smallest, ours, theirs } = found
  const name = nameOf(expr)
  if (!STEPS.has(name) && !CANCELLING.has(name)) return false
  let exact = true
  let greatest = 0
  for (const operand of children(expr)) {
    const type = typeOf(operand)
    if (type === 'string' || (type === 'matrix' && smallest.when.stepMs !== undefined)) continue
    const [left, right] = await ask({ ...smallest, expr: print(operand) })
    if (!isSame(left, right)) return false
    exact &&= isSame(left, right, Object.is)
    greatest = Math.max(greatest, ...finiteSizes(left))
  }
  const isNear = (a: number, b: number) =>
    Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-9 * greatest
  // In which order an aggregation takes its series is no promise.
  if (exact && expr.kind !== 'aggregation') return false
  return (!exact && STEPS.has(name)) || (CANCELLING.has(name) && isSame(ours, theirs, isNear))
}

function finiteSizes(outcome: Outcome): readonly number[] {
  if (outcome.kind !== 'rows') return []
  return outcome.rows.flatMap(({ values }) => values.filter(Number.isFinite).map(Math.abs))
}

function nameOf(expr: Expr): string {
  if (expr.kind === 'call') return expr.func
  return expr.kind === 'aggregation' || expr.kind === 'binary' ? expr.op : ''
}

const TOLERANCE = 1e-12

/** Whether buckets of one histogram differ by so little that only 2.42 takes them for different. */
export async function isBucketTolerance({ smallest }: Found, expr: Expr, ask: Ask) {
  const operand = expr.kind === 'call' && expr.func === 'histogram_quantile' && expr.args[1]
  if (!operand) return false
  const [ours, theirs] = await ask({ ...smallest, expr: print(operand) })
  if (ours.kind !== 'rows' || !isSame(ours, theirs, Object.is)) return false
  const counts = new Map<string, number[]>()
  for (const { labels, times, values } of ours.rows) {
    const { le: _, ...histogram } = nameless(labels)
    for (const [i, value] of values.entries()) {
      const key = `${labelsKey(histogram)} ${times[i]}`
      counts.set(key, [...(counts.get(key) ?? []), value])
    }
  }
  return [...counts.values()].some(hasNearlyEqual)
}

function hasNearlyEqual(values: readonly number[]): boolean {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted.some((value, i) => {
    const next = sorted[i + 1] ?? value
    return next !== value && next - value < TOLERANCE * (Math.abs(next) + Math.abs(value))
  })
}

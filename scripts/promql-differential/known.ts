/** Differences of Prometheus 2.42 that its changelog explains: the table in README.md, each as narrow as can be. */
import { labelsKey } from '../../src/model/labels.ts'
import { children, type Expr, isComparison, parse, print, typeOf } from '../../src/promql/index.ts'
import { isClose, isSame, nameless, type Row } from './compare.ts'
import { type Ask, type Found, parsed } from './found.ts'
import { innerQueries, instantsAgree } from './instants.ts'
import { isBucketTolerance, isKnifeEdge } from './knife-edge.ts'
import { oldRateIsSame } from './known-rate.ts'

/** The name of a row of the table in README.md. */
export type Known =
  | 'syntax of 3'
  | 'UTF-8 names'
  | 'atan2 keeps the name'
  | 'stddev and stdvar of what is not finite'
  | 'rate extrapolates to zero'
  | 'many-to-one in filters'
  | 'count_values by in range queries'
  | '@ in range queries'
  | 'topk of a huge negative number'
  | 'ties'
  | 'ties in a subquery'
  | 'text or range in parentheses'
  | 'exp at its end'
  | 'rounding at an edge'
  | 'buckets nearly equal'

type Check = (found: Found, expr: Expr, ask: Ask) => boolean | Promise<boolean>

const CHECKS: readonly (readonly [Known, Check])[] = [
  ['syntax of 3', isNewSyntax],
  ['UTF-8 names', isNewName],
  ['atan2 keeps the name', isNamedAtan2],
  ['stddev and stdvar of what is not finite', isVarianceOfInfinite],
  ['rate extrapolates to zero', oldRateIsSame],
  ['many-to-one in filters', isUncheckedFilter],
  ['count_values by in range queries', isSpoiltGrouping],
  ['@ in range queries', isWronglyFixed],
  ['topk of a huge negative number', isUnderflow],
  ['ties', isTie],
  ['ties in a subquery', isInnerTie],
  ['text or range in parentheses', isWrapped],
  ['exp at its end', isEarlyInfinity],
  ['rounding at an edge', isKnifeEdge],
  ['buckets nearly equal', isBucketTolerance],
]

export async function knownDifference(found: Found, ask: Ask): Promise<Known | undefined> {
  const expr = parsed(found.smallest.expr)
  if (!expr) return undefined
  for (const [name, check] of CHECKS) if (await check(found, expr, ask)) return name
  return undefined
}

/** Numbers for durations and durations for numbers: the same in 2.42's words has the same answer. */
async function isNewSyntax({ smallest, ours, theirs }: Found, expr: Expr, ask: Ask) {
  if (theirs.kind !== 'failed' || !theirs.parse || ours.kind === 'failed') return false
  const old = print(withoutDurations(expr))
  if (old === smallest.expr) return false
  const [again, answer] = await ask({ ...smallest, expr: old })
  return isSame(again, answer) && isSame(again, ours)
}

function withoutDurations(expr: Expr): Expr {
  switch (expr.kind) {
    case 'number':
      return { ...expr, duration: false }
    case 'call':
      return { ...expr, args: expr.args.map(withoutDurations) }
    case 'aggregation':
      return {
        ...expr,
        expr: withoutDurations(expr.expr),
        ...(expr.param && { param: withoutDurations(expr.param) }),
      }
    case 'binary':
      return { ...expr, left: withoutDurations(expr.left), right: withoutDurations(expr.right) }
    case 'subquery':
    case 'unary':
    case 'paren':
      return { ...expr, expr: withoutDurations(expr.expr) }
    default:
      return expr
  }
}

const OLD_NAME = /^[a-zA-Z_]\w*$/

function isNewName({ ours, theirs }: Found, expr: Expr): boolean {
  return theirs.kind === 'failed' && theirs.parse && ours.kind !== 'failed' && hasNewName(expr)
}

function hasNewName(expr: Expr): boolean {
  const isNew = (name: string) => !OLD_NAME.test(name)
  switch (expr.kind) {
    case 'vectorSelector':
      return expr.matchers.some(
        ({ name, value }) =>
          isNew(name) || (name === '__name__' && expr.name === '' && isNew(value)),
      )
    case 'aggregation':
      return expr.grouping.some(isNew) || children(expr).some(hasNewName)
    case 'binary':
      return (
        [...expr.matching.labels, ...expr.matching.include].some(isNew) ||
        children(expr).some(hasNewName)
      )
    default:
      return children(expr).some(hasNewName)
  }
}

function isNamedAtan2({ ours, theirs }: Found, expr: Expr): boolean {
  if (expr.kind !== 'binary' || expr.op !== 'atan2' || theirs.kind !== 'rows') return false
  const rows = theirs.rows.map((row) => ({ ...row, labels: nameless(row.labels) }))
  if (ours.kind !== 'failed') return isSame(ours, { ...theirs, rows })
  return new Set(rows.map(({ labels }) => labelsKey(labels))).size < rows.length
}

function isVarianceOfInfinite({ ours, theirs }: Found, expr: Expr): boolean {
  if (expr.kind !== 'aggregation' || (expr.op !== 'stddev' && expr.op !== 'stdvar')) return false
  return isSame(ours, theirs, (a, b) => isClose(a, b) || Number.isNaN(a))
}

/** Where nothing is filtered away, both refuse it. */
async function isUncheckedFilter({ smallest, ours, theirs }: Found, expr: Expr, ask: Ask) {
  if (expr.kind !== 'binary' || !isComparison(expr.op) || expr.bool) return false
  if (ours.kind !== 'failed' || !ours.message.startsWith('multiple matches for labels'))
    return false
  const [again, answer] = await ask({ ...smallest, expr: print({ ...expr, bool: true }) })
  return theirs.kind === 'rows' && again.kind === 'failed' && answer.kind === 'failed'
}

function isSpoiltGrouping(found: Found, expr: Expr, ask: Ask) {
  const by = expr.kind === 'aggregation' && expr.op === 'count_values' && !expr.without
  return by && expr.grouping.length > 0 && instantsAgree(found, ask)
}

function isWronglyFixed(found: Found, expr: Expr, ask: Ask) {
  return expr.kind === 'call' && hasFixedRange(expr) && instantsAgree(found, ask)
}

function hasFixedRange(expr: Expr): boolean {
  if (expr.kind === 'matrixSelector') return expr.vector.at !== undefined
  return (expr.kind === 'subquery' && expr.at !== undefined) || children(expr).some(hasFixedRange)
}

/** From here on Go's assembly for amd64 gives infinity for e to the x, 0.35 before it is due; `cosh` and `sinh` halve it. */
const EARLY_INFINITY = 2 ** 1022.5

function isEarlyInfinity({ ours, theirs }: Found, expr: Expr): boolean {
  if (expr.kind !== 'call' || !['exp', 'cosh', 'sinh'].includes(expr.func)) return false
  const isSameOrEarly = (a: number, b: number) =>
    isClose(a, b) ||
    (Math.abs(a) >= EARLY_INFINITY && b === Math.sign(a) * Number.POSITIVE_INFINITY)
  return isSame(ours, theirs, isSameOrEarly)
}

function isUnderflow({ ours, theirs }: Found, expr: Expr): boolean {
  const ranked = expr.kind === 'aggregation' && (expr.op === 'topk' || expr.op === 'bottomk')
  const empty = ours.kind === 'rows' && ours.rows.length === 0
  return (
    ranked &&
    empty &&
    theirs.kind === 'failed' &&
    /^Scalar value -.* overflows int64$/.test(theirs.message)
  )
}

/** Which of equals are the greatest depends on the order of the series, which is no promise. */
async function isTie({ smallest, ours, theirs }: Found, expr: Expr, ask: Ask) {
  if (expr.kind !== 'aggregation' || (expr.op !== 'topk' && expr.op !== 'bottomk')) return false
  const [operand, other] = await ask({ ...smallest, expr: print(expr.expr) })
  if (ours.kind !== 'rows' || theirs.kind !== 'rows' || !isSame(operand, other)) return false
  const [a, b] = [ours, theirs].map(({ rows }) => valuesByTime(rows))
  return a === b
}

/** Rounded: ties are exact, the rest only nearly. */
function valuesByTime(rows: readonly Row[]): string {
  const cells = rows.flatMap(({ times, values }) =>
    values.map((value, i) => `${times[i]} ${value.toPrecision(8)}`),
  )
  return cells.sort().join('\n')
}

/** Here the choice is made unseen: that there were equals to choose from must do. */
async function isInnerTie({ smallest, ours, theirs }: Found, _: Expr, ask: Ask) {
  if (smallest.when.stepMs !== undefined || ours.kind !== 'rows' || theirs.kind !== 'rows') {
    return false
  }
  for (const { expr, when } of innerQueries(smallest)) {
    const inner = parse(expr)
    if (inner.kind !== 'aggregation' || !/^(?:topk|bottomk)$/.test(inner.op)) continue
    const [operand, other] = await ask({ expr: print(inner.expr), when })
    if (isSame(operand, other) && operand.kind === 'rows' && hasEquals(operand.rows)) return true
  }
  return false
}

function hasEquals(rows: readonly Row[]): boolean {
  const cells = valuesByTime(rows).split('\n')
  return cells.some((cell, i) => cell === cells[i + 1])
}

function isWrapped({ ours, theirs }: Found, expr: Expr): boolean {
  if (expr.kind !== 'paren' || theirs.kind !== 'failed') return false
  return ours.kind === 'text'
    ? theirs.message.startsWith('unexpected result in StepInvariantExpr evaluation')
    : typeOf(expr) === 'matrix' && theirs.message === 'unexpected number of samples'
}

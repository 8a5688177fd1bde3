import type { Work } from '../support/turns.ts'
import type { Notes } from './annotation.ts'
import type { Binary, BinaryOp, Matching } from './ast.ts'
import { isComparison } from './ast.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import { executionFailure } from './failure.ts'
import type { Frame } from './frame.ts'
import { dropNames, emptyFrame, mapCells, RowTable } from './frame.ts'
import { keptList } from './kept.ts'
import { type MatchLabels, matchLabels } from './match-labels.ts'
import { type Metric, namesOf } from './metric.ts'
import { ARITHMETIC, COMPARE } from './sample-function.ts'
import { signatures } from './set-operator.ts'

/** What operators need of the evaluation around them. */
export interface OperatorContext {
  readonly notes: Notes
  readonly budget: Budget
  /** Names go at the end of the evaluation. */
  readonly delayed: boolean
}

/** NaN is a value like others, undefined is none. */
type Operate = (left: number, right: number) => number | undefined

function isArithmetic(op: BinaryOp): op is keyof typeof ARITHMETIC {
  return op in ARITHMETIC
}

/** What an operator makes of two samples; of a filter the left one stays. */
function operation(expr: Binary, { notes }: OperatorContext): Operate {
  const { op, bool } = expr
  if (isArithmetic(op)) return ARITHMETIC[op]
  if (isComparison(op)) {
    const compare = COMPARE[op]
    if (bool) return (left, right) => (compare(left, right) ? 1 : 0)
    return (left, right) => (compare(left, right) ? left : undefined)
  }
  return () => {
    notes.incompatibleTypes(op, expr.span)
    return undefined
  }
}

export function scalarBinary(op: BinaryOp, left: Float64Array, right: Float64Array): Float64Array {
  if (isArithmetic(op)) {
    const compute = ARITHMETIC[op]
    return left.map((value, step) => compute(value, right[step] ?? 0))
  }
  if (!isComparison(op)) {
    throw executionFailure(`operator "${op}" not allowed for Scalar operations`)
  }
  const compare = COMPARE[op]
  return left.map((value, step) => (compare(value, right[step] ?? 0) ? 1 : 0))
}

/** A vector and a scalar; of a filter the vector's value stays, on whichever side it stands. */
export function* vectorScalarBinary(
  expr: Binary,
  frame: Frame,
  scalar: Float64Array,
  context: OperatorContext & { readonly swapped: boolean },
): Work<Frame> {
  const { op, bool } = expr
  const { budget, delayed } = context
  const filter = isComparison(op) && !bool
  const operate = operation(expr, context)
  const at = (step: number) => scalar[step] ?? 0
  const mapped = yield* context.swapped
    ? mapCells(frame, budget, (value, step) => {
        const result = operate(at(step), value)
        return filter && result !== undefined ? value : result
      })
    : mapCells(frame, budget, (value, step) => operate(value, at(step)))
  return bool || isArithmetic(op) ? yield* dropNames(mapped, delayed, budget) : mapped
}

/** Two vectors, matched one to one or many to one; `and`, `or`, `unless` are in set-operator.ts. */
export function* vectorBinary(
  expr: Binary,
  left: Frame,
  right: Frame,
  context: OperatorContext,
): Work<Frame> {
  const { budget } = context
  const swapped = expr.matching.card === 'one-to-many'
  const [many, one] = swapped ? [right, left] : [left, right]
  if (many.metrics.length === 0 || one.metrics.length === 0) return emptyFrame(left.steps)
  const sigs = yield* signatures(many, one, expr.matching, budget)
  const operate = operation(expr, context)
  const join = new Join(expr, { many, one, count: sigs.count }, context.delayed)
  const oneRows = new Int32Array(sigs.count)
  for (let step = 0; step < left.steps; step++) {
    if (budget.worked(many.metrics.length + one.metrics.length)) yield
    // Without anything to match, what is there twice does no harm.
    if (isEmptyAt(many, step) || isEmptyAt(one, step)) continue
    yield* indexOneSide(one, { step, sigs: sigs.right, rows: oneRows }, expr.matching, budget)
    join.startStep()
    for (let row = 0, cell = step; row < many.metrics.length; row++, cell += many.steps) {
      if (many.present[cell] !== 1) continue
      if (budget.worked(SERIES_WORK)) yield
      const sig = sigs.left[row] ?? 0
      const oneRow = (oneRows[sig] ?? 0) - 1
      if (oneRow < 0) continue
      const [a, b] = [many.values[cell] ?? 0, one.values[oneRow * one.steps + step] ?? 0]
      const result = swapped ? operate(b, a) : operate(a, b)
      // What no operator is for does not count as matched.
      if (expr.op !== '</' && expr.op !== '>/') join.put({ row, oneRow, sig, step }, result)
    }
  }
  const frame = yield* join.frame(budget)
  return { ...frame, metrics: keptList(expr.matching, frame.metrics) }
}

function isEmptyAt({ metrics, steps, present }: Frame, step: number): boolean {
  for (let row = 0, cell = step; row < metrics.length; row++, cell += steps) {
    if (present[cell] === 1) return false
  }
  return true
}

interface OneSide {
  readonly step: number
  readonly sigs: Int32Array
  /** By signature: row + 1, 0 for none. */
  readonly rows: Int32Array
}

function* indexOneSide(
  one: Frame,
  { step, sigs, rows }: OneSide,
  matching: Matching,
  budget: Budget,
): Work<void> {
  rows.fill(0)
  for (let row = 0, cell = step; row < one.metrics.length; row++, cell += one.steps) {
    if (one.present[cell] !== 1) continue
    const sig = sigs[row] ?? 0
    const other = (rows[sig] ?? 0) - 1
    if (other >= 0) throw duplicate(one.metrics[row], one.metrics[other], matching)
    rows[sig] = row + 1
    if (budget.worked(1)) yield
  }
}

function duplicate(a: Metric | undefined, b: Metric | undefined, matching: Matching) {
  const excluded = new Set([...matching.labels, '__name__'])
  const group = matching.on ? a?.keep(namesOf(matching.labels)) : a?.without(excluded)
  const side = matching.card === 'one-to-many' ? 'left' : 'right'
  const both = [String(a), String(b)].sort().join(', ')
  return executionFailure(
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${both}];many-to-many matching not allowed: matching labels must be unique on one side`,
  )
}

interface Match {
  readonly row: number
  readonly oneRow: number
  readonly sig: number
  readonly step: number
}

interface Matched {
  readonly many: Frame
  readonly one: Frame
  /** Of signatures. */
  readonly count: number
}

const NOT_ONE_TO_ONE =
  'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
const NOT_UNIQUE = 'multiple matches for labels: grouping labels must ensure unique matches'

/** The results of matching: their labels, and that none comes twice. */
class Join {
  readonly #expr: Binary
  readonly #many: Frame
  readonly #one: Frame
  readonly #delayed: boolean
  readonly #table: RowTable
  readonly #labels: MatchLabels
  /** Of one to one by some labels a signature is a row. */
  readonly #rowOfSig: Int32Array | undefined
  /** By row of the many side: the partner the cached result row is for. */
  readonly #partner: Int32Array
  readonly #resultRow: Int32Array
  /** Of one to one: by signature the last step at which it matched, plus 1. */
  readonly #matchedAt: Int32Array
  /** Of others: which result rows met which rows of the one side at this step. */
  readonly #seen = new Set<number>()
  readonly #ignored: ReadonlySet<string>
  readonly #kept: readonly string[]

  constructor(expr: Binary, { many, one, count }: Matched, delayed: boolean) {
    this.#expr = expr
    this.#many = many
    this.#one = one
    this.#delayed = delayed
    this.#table = new RowTable(many.steps, many.metrics.length)
    this.#partner = new Int32Array(many.metrics.length).fill(-1)
    this.#resultRow = new Int32Array(many.metrics.length)
    this.#labels = matchLabels(expr.matching, { many: many.metrics, one: one.metrics, delayed })
    this.#ignored = new Set(expr.matching.labels)
    this.#kept = namesOf(expr.matching.labels)
    const { card, on, include } = expr.matching
    this.#matchedAt = new Int32Array(card === 'one-to-one' ? count : 0)
    if (card === 'one-to-one' && on && include.length === 0) {
      this.#rowOfSig = new Int32Array(count).fill(-1)
    }
  }

  startStep(): void {
    this.#seen.clear()
  }

  put(match: Match, result: number | undefined): void {
    const { oneRow, sig, step } = match
    const to = this.#rowFor(match)
    if (this.#expr.matching.card === 'one-to-one') {
      if (this.#matchedAt[sig] === step + 1) throw executionFailure(NOT_ONE_TO_ONE)
      this.#matchedAt[sig] = step + 1
    } else {
      const mark = to * this.#one.metrics.length + oneRow
      if (this.#seen.has(mark)) throw executionFailure(NOT_UNIQUE)
      this.#seen.add(mark)
    }
    if (result !== undefined) this.#table.set(to, step, result)
  }

  #rowFor({ row, oneRow, sig }: Match): number {
    if (this.#rowOfSig) {
      const known = this.#rowOfSig[sig] ?? -1
      if (known >= 0) return known
      const made = this.#table.add(this.#metricOf(row, oneRow))
      this.#rowOfSig[sig] = made
      return made
    }
    if (this.#partner[row] !== oneRow) {
      this.#partner[row] = oneRow
      this.#resultRow[row] = this.#table.row(this.#metricOf(row, oneRow))
    }
    return this.#resultRow[row] ?? 0
  }

  #metricOf(row: number, oneRow: number): Metric {
    return this.#labels.of(row, oneRow, () => this.#metric(row, oneRow))
  }

  #metric(row: number, oneRow: number): Metric {
    const { op, bool, matching } = this.#expr
    const [many, one] = [this.#many.metrics[row], this.#one.metrics[oneRow]]
    if (!many || !one) throw new RangeError(`no rows ${row} and ${oneRow}`)
    let metric = isArithmetic(op) || (bool && !this.#delayed) ? many.nameless() : many
    if (matching.card === 'one-to-one') {
      metric = matching.on ? metric.keep(this.#kept) : metric.without(this.#ignored)
    }
    for (const name of matching.include) metric = metric.with(name, one.get(name))
    return bool && this.#delayed ? metric.doom() : metric.spare()
  }

  frame(budget: Budget): Work<Frame> {
    const { op, bool, matching } = this.#expr
    const nameless =
      (isArithmetic(op) || (bool && !this.#delayed)) && !matching.include.includes('__name__')
    const filtered = this.#many.distinctNameless && matching.card === 'one-to-one'
    return this.#table.frame(nameless || filtered, budget)
  }
}

import type { Work } from '../support/turns.ts'
import type { Matching, SetOp } from './ast.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import type { Frame } from './frame.ts'
import { emptyFrame, hasSample, RowTable } from './frame.ts'
import { KeptPairs, keptList } from './kept.ts'
import { LabelNumbers } from './label-numbers.ts'
import type { Metric } from './metric.ts'

/** For each row of two frames the number of its signature: the labels it is matched by. */
export interface Signatures {
  readonly left: Int32Array
  readonly right: Int32Array
  /** Of signatures. */
  readonly count: number
}

const kept = new KeptPairs<Signatures>()

/** Those of the same lists are worked out once. */
export function* signatures(
  left: Frame,
  right: Frame,
  matching: Matching,
  budget: Budget,
): Work<Signatures> {
  const known = kept.get(matching, left.metrics, right.metrics)
  if (known) return known
  const numbers = new LabelNumbers({ names: matching.labels, without: !matching.on })
  const found = {
    left: yield* numbered(left, numbers, budget),
    right: yield* numbered(right, numbers, budget),
    count: numbers.count,
  }
  kept.set(matching, left.metrics, right.metrics, found)
  return found
}

function* numbered({ metrics }: Frame, numbers: LabelNumbers, budget: Budget): Work<Int32Array> {
  const rows = new Int32Array(metrics.length)
  yield* budget.each(rows.length, SERIES_WORK, (row) => {
    rows[row] = numbers.of(metrics[row] as Metric)
  })
  return rows
}

/** `and`, `or` and `unless`. */
export function* setOperation(
  { op, matching }: { readonly op: SetOp; readonly matching: Matching },
  left: Frame,
  right: Frame,
  budget: Budget,
): Work<Frame> {
  if (op === 'and' && right.metrics.length === 0) return emptyFrame(left.steps)
  if (op !== 'or' && (left.metrics.length === 0 || right.metrics.length === 0)) return left
  if (op === 'or' && right.metrics.length === 0 && isFull(left)) return left
  if (op === 'or' && left.metrics.length === 0 && isFull(right)) return right
  const sigs = yield* signatures(left, right, matching, budget)
  const sides: Sides = { left, right, sigs, budget }
  if (op !== 'or') return yield* filter(sides, op === 'and' ? 1 : 0)
  const frame = yield* union(sides)
  return { ...frame, metrics: keptList(matching, frame.metrics) }
}

/** Whether each row has a sample: one that has none leaves no trace in a union. */
function isFull(frame: Frame): boolean {
  return frame.metrics.every((_, row) => hasSample(frame, row))
}

/** Marks the signatures that have a sample at a step. */
function markPresent(frame: Frame, sigs: Int32Array, step: number, marks: Uint8Array): void {
  marks.fill(0)
  for (let row = 0, cell = step; row < frame.metrics.length; row++, cell += frame.steps) {
    if (frame.present[cell] === 1) marks[sigs[row] ?? 0] = 1
  }
}

interface Sides {
  readonly left: Frame
  readonly right: Frame
  readonly sigs: Signatures
  readonly budget: Budget
}

/** The samples on the left whose signature is (1) or is not (0) on the right. */
function* filter(sides: Sides, wanted: 0 | 1): Work<Frame> {
  const { left, right, sigs, budget } = sides
  const present = new Uint8Array(left.present)
  const marks = new Uint8Array(sigs.count)
  for (let step = 0; step < left.steps; step++) {
    markPresent(right, sigs.right, step, marks)
    for (let row = 0, cell = step; row < left.metrics.length; row++, cell += left.steps) {
      if (marks[sigs.left[row] ?? 0] !== wanted) present[cell] = 0
    }
    if (budget.worked(left.metrics.length + right.metrics.length)) yield
  }
  return { ...left, present }
}

function* union(sides: Sides): Work<Frame> {
  const { left, right, sigs, budget } = sides
  const table = new RowTable(left.steps, left.metrics.length + right.metrics.length)
  const places = [yield* rowsIn(table, left, budget), yield* rowsIn(table, right, budget)]
  const marks = new Uint8Array(sigs.count)
  for (let step = 0; step < left.steps; step++) {
    markPresent(left, sigs.left, step, marks)
    for (const [side, rows] of places.entries()) {
      const frame = side === 0 ? left : right
      yield* budget.each(rows.length, 1, (row) => {
        const cell = row * frame.steps + step
        const shadowed = side === 1 && marks[sigs.right[row] ?? 0] === 1
        if (frame.present[cell] === 1 && !shadowed) {
          table.set(rows[row] as number, step, frame.values[cell] as number)
        }
      })
    }
  }
  return yield* table.frame(false, budget)
}

/** Where each row of the frame is in the table. */
function* rowsIn(table: RowTable, { metrics }: Frame, budget: Budget): Work<readonly number[]> {
  const rows: number[] = []
  yield* budget.each(metrics.length, SERIES_WORK, (row) => {
    rows.push(table.row(metrics[row] as Metric))
  })
  return rows
}

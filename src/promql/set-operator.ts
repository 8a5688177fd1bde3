import type { Work } from '../support/turns.ts'
import type { Matching, SetOp } from './ast.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import type { Frame } from './frame.ts'
import { emptyFrame, hasSample, RowTable } from './frame.ts'
import { LabelNumbers } from './label-numbers.ts'
import type { Metric } from './metric.ts'

/** For each row of each frame the number of its signature: the labels it is matched by. */
export function* signatures(
  frames: readonly Frame[],
  { on, labels }: Pick<Matching, 'on' | 'labels'>,
  budget: Budget,
): Work<{ readonly ordinals: readonly Int32Array[]; readonly count: number }> {
  const numbers = new LabelNumbers({ names: labels, without: !on })
  const ordinals: Int32Array[] = []
  for (const { metrics } of frames) {
    const rows = new Int32Array(metrics.length)
    yield* budget.each(rows.length, SERIES_WORK, (row) => {
      rows[row] = numbers.of(metrics[row] as Metric)
    })
    ordinals.push(rows)
  }
  return { ordinals, count: numbers.count }
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
  const { ordinals, count } = yield* signatures([left, right], matching, budget)
  const [leftSigs, rightSigs] = ordinals
  if (!leftSigs || !rightSigs) return left
  const sides: Sides = { left, right, leftSigs, rightSigs, count, budget }
  return yield* op === 'or' ? union(sides) : filter(sides, op === 'and' ? 1 : 0)
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
  readonly leftSigs: Int32Array
  readonly rightSigs: Int32Array
  /** Of signatures. */
  readonly count: number
  readonly budget: Budget
}

/** The samples on the left whose signature is (1) or is not (0) on the right. */
function* filter(sides: Sides, wanted: 0 | 1): Work<Frame> {
  const { left, right, leftSigs, rightSigs, count, budget } = sides
  const present = new Uint8Array(left.present)
  const marks = new Uint8Array(count)
  for (let step = 0; step < left.steps; step++) {
    markPresent(right, rightSigs, step, marks)
    for (let row = 0, cell = step; row < left.metrics.length; row++, cell += left.steps) {
      if (marks[leftSigs[row] ?? 0] !== wanted) present[cell] = 0
    }
    if (budget.worked(left.metrics.length + right.metrics.length)) yield
  }
  return { ...left, present }
}

function* union(sides: Sides): Work<Frame> {
  const { left, right, leftSigs, rightSigs, count, budget } = sides
  const table = new RowTable(left.steps, left.metrics.length + right.metrics.length)
  const places = [yield* rowsIn(table, left, budget), yield* rowsIn(table, right, budget)]
  const marks = new Uint8Array(count)
  for (let step = 0; step < left.steps; step++) {
    markPresent(left, leftSigs, step, marks)
    for (const [side, rows] of places.entries()) {
      const frame = side === 0 ? left : right
      yield* budget.each(rows.length, 1, (row) => {
        const cell = row * frame.steps + step
        const shadowed = side === 1 && marks[rightSigs[row] ?? 0] === 1
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

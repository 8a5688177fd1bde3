import type { Matching, SetOp } from './ast.ts'
import type { Frame } from './frame.ts'
import { emptyFrame, RowTable } from './frame.ts'

/** For each row of each frame the number of its signature: the labels it is matched by. */
export function signatures(
  frames: readonly Frame[],
  { on, labels }: Pick<Matching, 'on' | 'labels'>,
): { readonly ordinals: readonly Int32Array[]; readonly count: number } {
  const numbers = new Map<string, number>()
  const names = [...labels].sort()
  const excluded = new Set([...labels, '__name__'])
  const ordinals = frames.map(({ metrics }) => {
    const rows = new Int32Array(metrics.length)
    for (const [row, metric] of metrics.entries()) {
      const key = on ? metric.keyOf(names) : metric.keyWithout(excluded)
      let number = numbers.get(key)
      if (number === undefined) {
        number = numbers.size
        numbers.set(key, number)
      }
      rows[row] = number
    }
    return rows
  })
  return { ordinals, count: numbers.size }
}

/** `and`, `or` and `unless`. */
export function setOperation(op: SetOp, left: Frame, right: Frame, matching: Matching): Frame {
  if (op === 'and' && right.metrics.length === 0) return emptyFrame(left.steps)
  const { ordinals, count } = signatures([left, right], matching)
  const [leftSigs, rightSigs] = ordinals
  if (!leftSigs || !rightSigs) return left
  return op === 'or'
    ? union([left, right], [leftSigs, rightSigs], count)
    : filter({ op, left, right, leftSigs, rightSigs, count })
}

/** Marks the signatures that have a sample at a step. */
function markPresent(frame: Frame, sigs: Int32Array, step: number, marks: Uint8Array): void {
  marks.fill(0)
  for (let row = 0, cell = step; row < frame.metrics.length; row++, cell += frame.steps) {
    if (frame.present[cell] === 1) marks[sigs[row] ?? 0] = 1
  }
}

interface Filter {
  readonly op: SetOp
  readonly left: Frame
  readonly right: Frame
  readonly leftSigs: Int32Array
  readonly rightSigs: Int32Array
  readonly count: number
}

function filter({ op, left, right, leftSigs, rightSigs, count }: Filter): Frame {
  const wanted = op === 'and' ? 1 : 0
  const present = new Uint8Array(left.present)
  const marks = new Uint8Array(count)
  for (let step = 0; step < left.steps; step++) {
    markPresent(right, rightSigs, step, marks)
    for (let row = 0, cell = step; row < left.metrics.length; row++, cell += left.steps) {
      if (marks[leftSigs[row] ?? 0] !== wanted) present[cell] = 0
    }
  }
  return { ...left, present }
}

function union(frames: readonly Frame[], sigs: readonly Int32Array[], count: number): Frame {
  const [left, right] = frames
  const [leftSigs, rightSigs] = sigs
  if (!left || !right || !leftSigs || !rightSigs) throw new RangeError('a union of less than two')
  const table = new RowTable(left.steps)
  const rows = frames.map((frame) => frame.metrics.map((metric) => table.row(metric)))
  const marks = new Uint8Array(count)
  for (let step = 0; step < left.steps; step++) {
    markPresent(left, leftSigs, step, marks)
    for (const [side, frame] of frames.entries()) {
      for (let row = 0, cell = step; row < frame.metrics.length; row++, cell += frame.steps) {
        const shadowed = side === 1 && marks[rightSigs[row] ?? 0] === 1
        if (frame.present[cell] === 1 && !shadowed) {
          table.set(rows[side]?.[row] ?? 0, step, frame.values[cell] ?? 0)
        }
      }
    }
  }
  return table.frame(false)
}

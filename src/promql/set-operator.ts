import type { Matching, SetOp } from './ast.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import type { Frame } from './frame.ts'
import { emptyFrame, RowTable } from './frame.ts'

/** For each row of each frame the number of its signature: the labels it is matched by. */
export async function signatures(
  frames: readonly Frame[],
  { on, labels }: Pick<Matching, 'on' | 'labels'>,
  budget: Budget,
): Promise<{ readonly ordinals: readonly Int32Array[]; readonly count: number }> {
  const numbers = new Map<string, number>()
  const names = [...labels].sort()
  const excluded = new Set([...labels, '__name__'])
  const ordinals: Int32Array[] = []
  for (const { metrics } of frames) {
    const rows = new Int32Array(metrics.length)
    for (const [row, metric] of metrics.entries()) {
      const key = on ? metric.keyOf(names) : metric.keyWithout(excluded)
      let number = numbers.get(key)
      if (number === undefined) {
        number = numbers.size
        numbers.set(key, number)
      }
      rows[row] = number
      const rest = budget.tick(SERIES_WORK)
      if (rest) await rest
    }
    ordinals.push(rows)
  }
  return { ordinals, count: numbers.size }
}

/** `and`, `or` and `unless`. */
export async function setOperation(
  { op, matching }: { readonly op: SetOp; readonly matching: Matching },
  left: Frame,
  right: Frame,
  budget: Budget,
): Promise<Frame> {
  if (op === 'and' && right.metrics.length === 0) return emptyFrame(left.steps)
  const { ordinals, count } = await signatures([left, right], matching, budget)
  const [leftSigs, rightSigs] = ordinals
  if (!leftSigs || !rightSigs) return left
  return op === 'or'
    ? union({ left, right, leftSigs, rightSigs, count, budget })
    : filter({ left, right, leftSigs, rightSigs, count, budget }, op === 'and' ? 1 : 0)
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
  readonly count: number
  readonly budget: Budget
}

/** The samples on the left whose signature is (1) or is not (0) on the right. */
async function filter(
  { left, right, leftSigs, rightSigs, count, budget }: Sides,
  wanted: 0 | 1,
): Promise<Frame> {
  const present = new Uint8Array(left.present)
  const marks = new Uint8Array(count)
  for (let step = 0; step < left.steps; step++) {
    const rest = budget.tick(left.metrics.length + right.metrics.length)
    if (rest) await rest
    markPresent(right, rightSigs, step, marks)
    for (let row = 0, cell = step; row < left.metrics.length; row++, cell += left.steps) {
      if (marks[leftSigs[row] ?? 0] !== wanted) present[cell] = 0
    }
  }
  return { ...left, present }
}

async function union(sides: Sides): Promise<Frame> {
  const { left, right, leftSigs, rightSigs, count, budget } = sides
  const table = new RowTable(left.steps)
  const frames = [left, right]
  const rows: number[][] = []
  for (const { metrics } of frames) {
    const found: number[] = []
    for (const metric of metrics) {
      found.push(table.row(metric))
      const rest = budget.tick(SERIES_WORK)
      if (rest) await rest
    }
    rows.push(found)
  }
  const marks = new Uint8Array(count)
  for (let step = 0; step < left.steps; step++) {
    const rest = budget.tick(left.metrics.length + right.metrics.length)
    if (rest) await rest
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

import { labelsKey } from '../../src/model/labels.ts'
import { type Expr, print } from '../../src/promql/index.ts'
import { isClose, isSame, nameless, type Row } from './compare.ts'
import type { Ask, Found } from './found.ts'

/** Whether `rate` or `increase` at one instant is what 2.42's formula makes of the same samples. */
export async function oldRateIsSame(
  { smallest, theirs, ours }: Found,
  expr: Expr,
  ask: Ask,
): Promise<boolean> {
  const { when } = smallest
  if (expr.kind !== 'call' || (expr.func !== 'rate' && expr.func !== 'increase')) return false
  const [arg] = expr.args
  if (arg?.kind !== 'matrixSelector' && arg?.kind !== 'subquery') return false
  if (when.stepMs !== undefined || ours.kind !== 'rows' || theirs.kind !== 'rows') return false
  const { at, offsetMs } = arg.kind === 'subquery' ? arg : arg.vector
  const endMs = (at?.kind === 'time' ? at.ms : when.startMs) - offsetMs
  const [window] = await ask({ expr: print(arg), when })
  if (window.kind !== 'rows') return false
  const rates = new Map(
    window.rows.map((row) => [
      labelsKey(nameless(row.labels)),
      oldIncrease(row, endMs - arg.rangeMs, endMs) /
        (expr.func === 'rate' ? arg.rangeMs / 1000 : 1),
    ]),
  )
  const rows = ours.rows.map((row) => ({
    ...row,
    values: [rates.get(labelsKey(row.labels)) ?? Number.NaN],
  }))
  return isSame({ ...ours, rows }, theirs, isClose)
}

/** Of `extrapolatedRate` in v2.42.0: to zero also where that is further than half a gap. */
function oldIncrease({ times, values }: Row, startMs: number, endMs: number): number {
  const last = values.length - 1
  const first = values[0] ?? 0
  let growth = (values[last] ?? 0) - first
  for (let i = 1; i <= last; i++) {
    const before = values[i - 1] ?? 0
    if ((values[i] ?? 0) < before) growth += before
  }
  const [firstMs = 0, lastMs = 0] = [times[0], times[last]]
  const sampledS = (lastMs - firstMs) / 1000
  const gapS = sampledS / last
  let toStartS = (firstMs - startMs) / 1000
  const toEndS = (endMs - lastMs) / 1000
  if (growth > 0 && first >= 0) toStartS = Math.min(toStartS, sampledS * (first / growth))
  const reached = (toEdgeS: number) => (toEdgeS < gapS * 1.1 ? toEdgeS : gapS / 2)
  return (growth * (sampledS + reached(toStartS) + reached(toEndS))) / sampledS
}

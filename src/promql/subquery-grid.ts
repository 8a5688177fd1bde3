import type { Subquery } from './ast.ts'
import type { Grid } from './frame.ts'
import { isStepInvariant } from './step-invariant.ts'

/** The instants of a subquery: multiples of its step within all its windows, which are open on the left. */
export function subqueryGrid(
  subquery: Subquery,
  outer: { readonly grid: Grid; readonly atMs: number | undefined; readonly stepMs: number },
): Grid {
  const { grid } = outer
  const stepMs = subquery.stepMs || outer.stepMs
  const beforeMs = (outer.atMs ?? grid.startMs) - subquery.offsetMs - subquery.rangeMs
  const lastMs = outer.atMs ?? grid.startMs + (grid.steps - 1) * grid.stepMs
  const startMs = (Math.floor(beforeMs / stepMs) + 1) * stepMs
  const steps = Math.floor((lastMs - subquery.offsetMs - startMs) / stepMs) + 1
  // As in Prometheus, what `@` fixes is evaluated once even where no instant is in the window.
  return { startMs, stepMs, steps: Math.max(isStepInvariant(subquery.expr) ? 1 : 0, steps) }
}

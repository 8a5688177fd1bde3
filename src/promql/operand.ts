import type { Notes } from './annotation.ts'
import type { Budget } from './budget.ts'
import type { Frame, Grid } from './frame.ts'
import type { Ranges } from './range-series.ts'

/** What an expression is under way, at all instants of a grid. */
export type Operand =
  /** One number for each instant. */
  | { readonly type: 'scalar'; readonly values: Float64Array }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly frame: Frame }
  | { readonly type: 'matrix'; readonly ranges: Ranges }

/** What functions and operators need of the evaluation around them. */
export interface Context {
  readonly grid: Grid
  readonly notes: Notes
  readonly budget: Budget
  /** Names go at the end of the evaluation. */
  readonly delayed: boolean
}

export function vector(frame: Frame): Operand {
  return { type: 'vector', frame }
}

/** One value for each instant, without labels. */
export function scalar(grid: Grid, valueAt: (step: number) => number): Operand {
  return { type: 'scalar', values: Float64Array.from({ length: grid.steps }, (_, i) => valueAt(i)) }
}

function mismatch(want: string, got: Operand | undefined): RangeError {
  return new RangeError(`expected a ${want}, got ${got?.type}: the expression was not checked`)
}

export function frameOf(operand: Operand | undefined): Frame {
  if (operand?.type !== 'vector') throw mismatch('vector', operand)
  return operand.frame
}

export function numbersOf(operand: Operand | undefined): Float64Array {
  if (operand?.type !== 'scalar') throw mismatch('scalar', operand)
  return operand.values
}

export function textOf(operand: Operand | undefined): string {
  if (operand?.type !== 'string') throw mismatch('string', operand)
  return operand.value
}

export function rangesOf(operand: Operand | undefined): Ranges {
  if (operand?.type !== 'matrix') throw mismatch('matrix', operand)
  return operand.ranges
}

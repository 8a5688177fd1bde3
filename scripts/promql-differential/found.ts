import { type Expr, parse } from '../../src/promql/index.ts'
import type { Outcome } from './compare.ts'
import type { Query } from './generate.ts'

/** A difference, as small as it became. */
export interface Found {
  readonly smallest: Query
  readonly ours: Outcome
  readonly theirs: Outcome
}

/** Asks both engines the same. */
export type Ask = (query: Query) => Promise<readonly [ours: Outcome, theirs: Outcome]>

/** undefined where a text is no expression. */
export function parsed(text: string): Expr | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

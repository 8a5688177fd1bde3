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

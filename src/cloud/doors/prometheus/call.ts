/** A call of the API, and its answer. */
import type { UnixMs } from '../../../model/time.ts'
import type { Json } from './json.ts'
import type { Parameters } from './parameters.ts'
import type { RuleReads, SeriesReads } from './ports.ts'
import type { QuerySlots } from './query-slots.ts'

export interface Call {
  readonly environment: string
  readonly parameters: Parameters
  /** What `*` in the path of the route stands for. */
  readonly rest: string
  readonly now: UnixMs
  /** Aborts when the client hangs up. */
  readonly signal: AbortSignal
}

export interface Answer {
  readonly data: Json
  readonly warnings?: readonly string[]
  readonly infos?: readonly string[]
}

export type Endpoint = (call: Call) => Answer | Promise<Answer>

/** What endpoints answer from. */
export interface Desk {
  readonly reads: SeriesReads
  readonly rules: RuleReads
  readonly slots: QuerySlots
  /** Most a query may take, whatever it asks for. */
  readonly timeoutMs: number
  readonly startedAt: UnixMs
}

export const TRUNCATED = 'results truncated due to limit'

/** The first `limit` of `items`, and the warning when there are more; 0 is no limit. */
export function truncated<T>(
  items: readonly T[],
  limit: number,
): { readonly items: readonly T[]; readonly warnings: readonly string[] } {
  if (limit === 0 || items.length <= limit) return { items, warnings: [] }
  return { items: items.slice(0, limit), warnings: [TRUNCATED] }
}

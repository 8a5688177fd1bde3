/** What the cloud keeps on this machine, for a backtest. */
import type { UnixMs } from '../../model/time.ts'
import {
  type EvaluateOptions,
  evaluateInstant,
  evaluateRange,
  type Matcher,
  type Source,
} from '../../promql/index.ts'
import type { InstantValue } from '../rules/ports.ts'
import type { Instants } from './instants.ts'
import type { StoredSeries } from './ports.ts'
import type { Unreadable } from './unreadable.ts'

/** What is asked for the names of services. */
export const CALLS: readonly Matcher[] = [{ name: '__name__', op: '=', value: 'tars_calls' }]

export interface LabelledSource extends Source {
  labelValues(
    name: string,
    matchers: readonly Matcher[],
    startMs: UnixMs,
    endMs: UnixMs,
  ): Promise<ReadonlySet<string>>
}

/** `events` as `StoredSeries` has it; `unreadable`: what the source could not read. */
export function seriesOf(
  source: LabelledSource,
  events: StoredSeries['events'],
  { unreadable, ...options }: EvaluateOptions & { readonly unreadable?: Unreadable } = {},
): StoredSeries {
  return {
    source,
    events,
    range: ({ expr }, { startMs, endMs, stepMs }: Instants) =>
      evaluateRange(expr, startMs, endMs, stepMs, source, options),
    instant: async (text, at): Promise<InstantValue> => evaluateInstant(text, at, source, options),
    services: (fromMs, toMs) =>
      serviceCount((name, calls) => source.labelValues(name, calls, fromMs, toMs)),
    mayHave: async (...selector) => (await source.labelValues('__name__', ...selector)).size > 0,
    unreadable: () => unreadable?.list() ?? [],
  }
}

/** How many services called or were called; `valuesOf` a label of some series. */
export async function serviceCount(
  valuesOf: (name: string, matchers: readonly Matcher[]) => Promise<Iterable<string>>,
): Promise<number> {
  const [callees, callers] = await Promise.all([
    valuesOf('callee', CALLS),
    valuesOf('caller', CALLS),
  ])
  return new Set([...callees, ...callers].filter((name) => name !== '')).size
}

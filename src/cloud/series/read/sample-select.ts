/** Series of one value out of memory and blocks. */
import type { UnixMs } from '../../../model/time.ts'
import type { SeriesData } from '../../../promql/index.ts'
import { Arena } from '../block/arena.ts'
import { labelMatcher } from '../block/label-matcher.ts'
import { Pace } from '../block/pace.ts'
import { compose, settle } from '../block/record-rows.ts'
import type { NameOf, Together } from '../block/select-together.ts'
import type { SampleFamily } from '../samples/sample-family.ts'
import type { SampleRows } from '../samples/sample-flush.ts'
import { readBlocks } from './read-blocks.ts'
import type { SeriesQuery } from './select.ts'
import type { View } from './view.ts'

/** Others get their turn after so many series. */
const SERIES_AT_ONCE = 128
/** What a series costs, as `Pace` counts. */
const COST = 15
const BY_KEY: NameOf = (_, { key }) => key

export function selectSamples(
  family: SampleFamily,
  view: View,
  query: SeriesQuery,
): Promise<SeriesData[]> {
  return family.reading(() => select(family, view, query))
}

async function select(family: SampleFamily, view: View, query: SeriesQuery): Promise<SeriesData[]> {
  const { matchers, startMs, endMs } = query
  const pace = new Pace()
  const how = { arena: new Arena(), nameOf: BY_KEY, rest: () => pace.rest(COST * SERIES_AT_ONCE) }
  const before =
    startMs < view.floorMs
      ? await readBlocks(view, query, { family: family.name, matchers, columns: [0] }, how)
      : undefined
  const answers: SeriesData[] = []
  // Memory may have samples of hours ago that came late; those that hours stand for do not count any more.
  const fromMs = Math.max(startMs, view.rolledMs + 1)
  let count = 0
  for (const id of family.find(matchers.map(labelMatcher))) {
    const rows = joined(family, id, { fromMs, endMs }, before)
    if (rows) answers.push({ labels: family.labelsOf(id), times: rows.times, values: rows.values })
    if (++count % SERIES_AT_ONCE === 0) await pace.rest(COST * SERIES_AT_ONCE)
  }
  for (const { labels, rows } of before?.rest() ?? []) {
    const { times, columns } = settle(rows)
    if (times.length > 0) answers.push({ labels, times, values: columns[0] ?? [] })
    if (++count % SERIES_AT_ONCE === 0) await pace.rest(COST * SERIES_AT_ONCE)
  }
  return answers
}

/** What blocks have of a series is taken out of `before`. */
function joined(
  family: SampleFamily,
  id: number,
  { fromMs, endMs }: { readonly fromMs: UnixMs; readonly endMs: UnixMs },
  before: Together | undefined,
): Pick<SeriesData, 'times' | 'values'> | undefined {
  const now: SampleRows | undefined = family.read(id, fromMs, endMs)
  if (!before) return now && { times: now.times, values: now.columns[0] }
  const key = family.keyOf(id)
  const old = before.take(key)
  const parts = [...(old ? [old.rows] : []), ...(now ? [now] : [])]
  const { times, columns } = settle(compose(parts, ['first']))
  return times.length > 0 ? { times, values: columns[0] ?? [] } : undefined
}

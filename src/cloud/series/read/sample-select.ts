/** Series of one value out of memory and blocks. */
import type { SeriesData } from '../../../promql/index.ts'
import { Arena } from '../block/arena.ts'
import type { BlockWalk } from '../block/block-walk.ts'
import { labelMatcher } from '../block/label-matcher.ts'
import { Pace } from '../block/pace.ts'
import { compose, type RecordRows, settle } from '../block/record-rows.ts'
import type { SampleFamily } from '../samples/sample-family.ts'
import type { SampleRows } from '../samples/sample-flush.ts'
import { readBlocks } from './read-blocks.ts'
import type { SeriesQuery } from './select.ts'
import type { View } from './view.ts'

/** Others get their turn after so many series. */
const SERIES_AT_ONCE = 128
/** What a series costs, as `Pace` counts. */
const COST = 15

export function selectSamples(
  family: SampleFamily,
  view: View,
  query: SeriesQuery,
): Promise<SeriesData[]> {
  return family.reading(() => select(family, view, query))
}

async function select(family: SampleFamily, view: View, query: SeriesQuery): Promise<SeriesData[]> {
  const { matchers, startMs, endMs } = query
  // Memory may have samples of hours ago that came late; those that hours stand for do not count any more.
  const fromMs = Math.max(startMs, view.rolledMs + 1)
  const pace = new Pace()
  const ids = family.find(matchers.map(labelMatcher))
  const answers: SeriesData[] = []
  const before = startMs < view.floorMs ? await readBefore(family, ids, view, query) : undefined
  let count = 0
  while (before?.together.next()) {
    const { together, idOf } = before
    const id = idOf.get(together.key)
    const rows = joined(
      together.rows(),
      id === undefined ? undefined : family.read(id, fromMs, endMs),
    )
    const labels = id === undefined ? together.labels : family.labelsOf(id)
    if (rows && labels) answers.push({ labels, times: rows.times, values: rows.columns[0] ?? [] })
    if (++count % SERIES_AT_ONCE === 0) await pace.rest(COST * SERIES_AT_ONCE)
  }
  before?.together.end()
  for (const id of ids) {
    const rows = before?.together.has(id) ? undefined : family.read(id, fromMs, endMs)
    if (rows)
      answers.push({ labels: family.labelsOf(id), times: rows.times, values: rows.columns[0] })
    if (++count % SERIES_AT_ONCE === 0) await pace.rest(COST * SERIES_AT_ONCE)
  }
  return answers
}

/** What blocks have, and the numbers of the series by their keys. */
async function readBefore(
  family: SampleFamily,
  ids: readonly number[],
  view: View,
  query: SeriesQuery,
) {
  const pace = new Pace()
  const idOf = new Map<string, number>()
  let count = 0
  for (const id of ids) {
    idOf.set(family.keyOf(id), id)
    count = Math.max(count, id + 1)
    const rest = pace.restIfDue(COST)
    if (rest) await rest
  }
  const numbers = {
    count,
    of: ({ directory }: BlockWalk, place: number) => idOf.get(directory.key(place)) ?? -1,
  }
  const wanted = { family: family.name, matchers: query.matchers, columns: [0] }
  const together = await readBlocks(view, query, wanted, { arena: new Arena(), numbers, pace })
  return { together, idOf }
}

function joined(old: RecordRows | undefined, now: SampleRows | undefined): RecordRows | undefined {
  if (!now) return old
  const rows = settle(compose(old ? [old, now] : [now], ['first']))
  return rows.times.length > 0 ? rows : undefined
}

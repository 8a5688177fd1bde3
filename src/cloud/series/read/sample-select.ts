/** Series of one value out of memory and blocks. */
import type { SeriesData } from '../../../promql/index.ts'
import { Arena } from '../block/arena.ts'
import { labelMatchers } from '../block/label-matcher.ts'
import { Pace } from '../block/pace.ts'
import type { Numbers } from '../block/record-join.ts'
import { compose, type RecordRows } from '../block/record-rows.ts'
import { RowBuffer } from '../memory/row-buffer.ts'
import type { SampleFamily } from '../samples/sample-family.ts'
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
  const { matchers, startMs, endMs, extent } = query
  const pace = new Pace()
  const arena = new Arena()
  const buffer = new RowBuffer(arena)
  const ids = family.find(labelMatchers(matchers))
  const wanted = { family: family.name, matchers, columns: [0] }
  const before =
    startMs < view.floorMs
      ? await readBlocks(view, query, wanted, {
          ...{ arena, pace },
          numbers: await numbersOf(family, ids, pace),
        })
      : undefined
  // Memory may have samples of hours ago that came late; those that hours stand for do not count any more.
  const fromMs = Math.max(startMs, view.rolledMs + 1)
  const answers: SeriesData[] = []
  let count = 0
  for (const id of ids) {
    if (before) {
      const old = before.show(id, buffer) ? buffer.rows(1) : undefined
      const rows = joined(old, family.read(id, fromMs, endMs, arena))
      if (rows) answers.push(seriesOf(family.labelsOf(id), rows))
    } else {
      const isThere =
        extent === 'newest'
          ? family.readNewest(id, fromMs, endMs, buffer)
          : family.readInto(id, fromMs, endMs, buffer)
      if (isThere) answers.push(buffer.series(family.labelsOf(id), 0))
    }
    const rest = ++count % SERIES_AT_ONCE === 0 ? pace.restIfDue(COST * SERIES_AT_ONCE) : undefined
    if (rest) await rest
  }
  for (const { labels } of before?.unnumbered(buffer) ?? []) {
    answers.push(seriesOf(labels, buffer.rows(1)))
    if (++count % SERIES_AT_ONCE === 0) await pace.rest(COST * SERIES_AT_ONCE)
  }
  return answers
}

function seriesOf(labels: SeriesData['labels'], { times, columns }: RecordRows): SeriesData {
  return { labels, times, values: columns[0] as Float64Array }
}

/** Of these series, by their keys. */
async function numbersOf(
  family: SampleFamily,
  ids: readonly number[],
  pace: Pace,
): Promise<Numbers> {
  const byKey = new Map<string, number>()
  let count = 0
  for (const id of ids) {
    byKey.set(family.keyOf(id), id)
    count = Math.max(count, id + 1)
    const rest = pace.restIfDue(COST)
    if (rest) await rest
  }
  return {
    count,
    in:
      ({ directory }) =>
      (place) =>
        byKey.get(directory.key(place)) ?? -1,
  }
}

function joined(old: RecordRows | undefined, now: RecordRows | undefined): RecordRows | undefined {
  return old && now ? compose([old, now], ['first']) : (now ?? old)
}

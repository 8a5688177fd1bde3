/** Series of one value out of memory and blocks. */
import type { UnixMs } from '../../model/time.ts'
import type { SeriesData } from '../../promql/index.ts'
import type { Block } from './block/block.ts'
import { blockMatcher } from './block/block-matcher.ts'
import { Pace } from './block/pace.ts'
import { compose, settle } from './block/record-rows.ts'
import { selectTogether, type TogetherRecord } from './block/select-together.ts'
import { labelMatcher } from './label-matcher.ts'
import type { SampleFamily } from './sample-family.ts'
import type { SampleRows } from './sample-flush.ts'
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
  const pace = new Pace()
  const before =
    startMs < view.floorMs ? await blocksOf(family, view, query, pace) : new Map<string, never>()
  const answers: SeriesData[] = []
  // Memory may have samples of hours ago that came late; those that hours stand for do not count any more.
  const fromMs = Math.max(startMs, view.rolledMs + 1)
  let count = 0
  for (const id of family.find(matchers.map(labelMatcher))) {
    const rows = joined(family, id, { fromMs, endMs }, before)
    if (rows) answers.push({ labels: family.labelsOf(id), times: rows.times, values: rows.values })
    if (++count % SERIES_AT_ONCE === 0) await pace.rest(COST * SERIES_AT_ONCE)
  }
  for (const { labels, rows } of before.values()) {
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
  before: Map<string, TogetherRecord>,
): Pick<SeriesData, 'times' | 'values'> | undefined {
  const now: SampleRows | undefined = family.read(id, fromMs, endMs)
  if (before.size === 0) return now && { times: now.times, values: now.columns[0] }
  const key = family.keyOf(id)
  const old = before.get(key)
  before.delete(key)
  const parts = [...(old ? [old.rows] : []), ...(now ? [now] : [])]
  const { times, columns } = settle(compose(parts, ['first']))
  return times.length > 0 ? { times, values: columns[0] ?? [] } : undefined
}

/** What blocks have before memory begins, by key. */
async function blocksOf(
  family: SampleFamily,
  { blocks, hours, floorMs, rolledMs }: View,
  { matchers, startMs, endMs, onMissing }: SeriesQuery,
  pace: Pace,
): Promise<Map<string, TogetherRecord>> {
  const found = new Map<string, TogetherRecord>()
  const told = new Set<string>()
  const onDamage = ({ message }: Error) => {
    if (!told.has(message)) onMissing?.(message)
    told.add(message)
  }
  const wanted = { matchers: matchers.map(blockMatcher), columns: [0], onDamage }
  const rolled = { startMs, endMs: Math.min(endMs, rolledMs) }
  const raw = { startMs: Math.max(startMs, rolledMs + 1), endMs: Math.min(endMs, floorMs - 1) }
  for (const [from, range] of [
    [hours, rolled],
    [blocks, raw],
  ] as const) {
    let count = 0
    for (const record of selectTogether(from.filter(overlaps(range)), family.name, {
      ...wanted,
      ...range,
    })) {
      const older = found.get(record.key)
      found.set(record.key, older ? behind(older, record) : record)
      if (++count % SERIES_AT_ONCE === 0) await pace.rest(COST * SERIES_AT_ONCE)
    }
  }
  return found
}

/** The rows of both, those of `newer` behind. */
function behind(older: TogetherRecord, newer: TogetherRecord): TogetherRecord {
  const { key, labels, merges } = newer
  return { key, labels, merges, rows: compose([older.rows, newer.rows], ['first']) }
}

function overlaps({ startMs, endMs }: { readonly startMs: UnixMs; readonly endMs: UnixMs }) {
  return ({ totals }: Block) =>
    startMs <= endMs && totals.rows > 0 && totals.minMs <= endMs && totals.maxMs >= startMs
}

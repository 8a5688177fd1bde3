/** What blocks have of the time before memory begins. */
import type { Matcher } from '../../../promql/index.ts'
import type { Arena } from '../block/arena.ts'
import { blockMatcher } from '../block/block-matcher.ts'
import type { Pace } from '../block/pace.ts'
import type { Numbers } from '../block/record-join.ts'
import { Together } from '../block/select-together.ts'
import type { SeriesQuery } from './select.ts'
import type { View } from './view.ts'

export interface Wanted {
  readonly family: string
  /** Of the records' own labels. */
  readonly matchers: readonly Matcher[]
  readonly columns: readonly number[]
}

interface How {
  readonly arena: Arena
  readonly numbers?: Numbers
  readonly pace: Pace
}

/** Hours as far as they count, raw rows after them. */
export async function readBlocks(
  view: View,
  { startMs, endMs, onMissing }: SeriesQuery,
  { family, matchers, columns }: Wanted,
  { arena, numbers, pace }: How,
): Promise<Together> {
  for (const what of view.missing) onMissing?.(what)
  const told = new Set<string>()
  const onDamage = ({ message }: Error) => {
    if (!told.has(message)) onMissing?.(message)
    told.add(message)
  }
  const { floorMs, rolledMs } = view
  const query = { matchers: matchers.map(blockMatcher), columns, onDamage, startMs, endMs }
  const hours = { ...query, endMs: Math.min(endMs, rolledMs) }
  const raw = {
    ...query,
    startMs: Math.max(startMs, rolledMs + 1),
    endMs: Math.min(endMs, floorMs - 1),
  }
  const together = new Together(query, arena, numbers)
  for (const [blocks, part] of [[view.hours, hours] as const, [view.blocks, raw] as const]) {
    for (const block of blocks) {
      const { rows, minMs, maxMs } = block.totals
      if (rows === 0 || minMs > part.endMs || maxMs < part.startMs) continue
      together.add(block, family, part)
    }
  }
  for (const cost of together.read()) await pace.rest(cost)
  return together
}

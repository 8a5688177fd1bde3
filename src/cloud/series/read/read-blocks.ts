/** What blocks have of the time before memory begins. */
import type { Matcher } from '../../../promql/index.ts'
import type { Arena } from '../block/arena.ts'
import { blockMatcher } from '../block/block-matcher.ts'
import { type Names, Together } from '../block/select-together.ts'
import type { SeriesQuery } from './select.ts'
import type { View } from './view.ts'

/** Others get their turn after so many records. */
const RECORDS_AT_ONCE = 128

export interface Wanted {
  readonly family: string
  /** Of the records' own labels. */
  readonly matchers: readonly Matcher[]
  readonly columns: readonly number[]
}

interface How extends Names {
  readonly arena: Arena
  /** Gives others their turn. */
  readonly rest: () => Promise<void>
}

/** By name: hours as far as they count, raw rows after them. */
export async function readBlocks(
  view: View,
  { startMs, endMs, onMissing }: SeriesQuery,
  { family, matchers, columns }: Wanted,
  { arena, rest, ...names }: How,
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
  const together = new Together(query, names, arena)
  let count = 0
  for (const [blocks, part] of [[view.hours, hours] as const, [view.blocks, raw] as const]) {
    for (const block of blocks) {
      const { rows, minMs, maxMs } = block.totals
      if (rows === 0 || minMs > part.endMs || maxMs < part.startMs) continue
      for (const _ of together.add(block, family, part)) {
        if (++count % RECORDS_AT_ONCE === 0) await rest()
      }
    }
  }
  return together
}

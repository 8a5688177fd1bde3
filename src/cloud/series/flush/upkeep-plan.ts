/** What is to be done about the blocks of one environment. */
import type { UnixMs } from '../../../model/time.ts'
import { TAKEN_MS } from '../memory/head.ts'

const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS

/** So many neighbours of one level become one of the next: ten minutes, two hours, a day; of roll-ups days. */
const MERGED = 12
const MAX_LEVEL = 2
/** What is still taken late is not rolled up yet. */
const SETTLED_MS = TAKEN_MS + HOUR_MS

interface Times {
  readonly minMs: UnixMs
  readonly maxMs: UnixMs
}

/** The neighbours `[from, to)` to be merged next; `levels`: of the blocks, oldest first. */
export function nextMerge(
  levels: readonly number[],
): { readonly from: number; readonly to: number; readonly level: number } | undefined {
  for (let from = 0; from < levels.length; from++) {
    const level = levels[from] as number
    const to = from + MERGED
    if (level >= MAX_LEVEL || to > levels.length) continue
    if (levels.slice(from, to).every((each) => each === level)) return { from, to, level }
  }
  return undefined
}

/** `000000000012-1.block` → 1. */
export function levelOf(name: string): number {
  return Number(name.slice(13, 14))
}

/** `000000000012-1.block` → 12. */
export function numberOf(name: string): number {
  return Number(name.slice(0, 12))
}

/**
 * The hours, by their ends, to be rolled up next: a day, once nothing of it is taken any more. `rolledMs`: end of
 * the newest hour that is.
 */
export function nextRollUp(
  rolledMs: UnixMs,
  blocks: readonly Times[],
  newestMs: UnixMs,
): { readonly startMs: UnixMs; readonly endMs: UnixMs } | undefined {
  const oldestMs = Math.min(Infinity, ...blocks.map(({ minMs }) => minMs))
  if (oldestMs === Infinity) return undefined
  // An hour has the rows behind the end of the one before, up to its own.
  const sinceMs = Math.max(rolledMs, Math.ceil(oldestMs / HOUR_MS) * HOUR_MS - HOUR_MS)
  const endMs = Math.floor(sinceMs / DAY_MS) * DAY_MS + DAY_MS
  return endMs <= newestMs - SETTLED_MS ? { startMs: sinceMs + HOUR_MS, endMs } : undefined
}

/** Up to here hours take the place of raw rows. */
export function borderOfRaw(rolledMs: UnixMs, newestMs: UnixMs, retentionMs: number): UnixMs {
  return Math.min(rolledMs, Math.floor((newestMs - retentionMs) / HOUR_MS) * HOUR_MS)
}

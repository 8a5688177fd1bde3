import type { Batch } from '../../../src/wire/batch.ts'
import { batch, stat, T0, window } from './fixture.ts'

/** Windows of a crash batch: its number spread over so many. */
export const CRASH_WINDOWS = 50

/** A batch whose only value is a power of two no other batch of its window has, so that sums tell all. */
export function crashBatch(seq: number): Batch {
  const endMs = T0 + (seq % CRASH_WINDOWS) * 10_000
  const calls = 2 ** (Math.floor(seq / CRASH_WINDOWS) % 50)
  const interface_ = `generation${Math.floor(seq / CRASH_WINDOWS / 50)}`
  return batch({ seq }, [window({ endMs, stats: [stat({ interface: interface_ }, { calls })] })])
}

/** Whole segments past the bounds of size and age, and what dropping them leaves unknown. */
import type { UnixMs } from '../../model/time.ts'
import type { UnknownSpan } from '../../wire/batch.ts'
import { LostSpans } from './lost-spans.ts'
import { type Segment, unreadBatchesOf } from './segment.ts'
import { itemsOf, readWhole } from './segment-scan.ts'

export interface QueueBounds {
  /** Bytes on disk; past it the oldest go. */
  readonly maxBytes: number
  readonly maxAgeMs: number
}

export interface Overdue {
  readonly segments: readonly Segment[]
  /** Of them, not yet done. */
  readonly batches: number
  /** To be told. */
  readonly unknown: readonly UnknownSpan[]
}

/** Reading them takes time: more go the next time. */
const MAX_SEGMENTS = 4

/** `all` is oldest first; the last is written to and stays. */
export function overdueOf(all: readonly Segment[], now: UnixMs, bounds: QueueBounds): Overdue {
  let bytes = all.reduce((sum, { endBytes }) => sum + endBytes, 0)
  const segments: Segment[] = []
  for (const segment of all.slice(0, -1)) {
    const tooMuch = bytes > bounds.maxBytes || segment.newestAt < now - bounds.maxAgeMs
    if (!tooMuch || segments.length === MAX_SEGMENTS) break
    segments.push(segment)
    bytes -= segment.endBytes
  }
  const lost = new LostSpans()
  for (const segment of segments) addSpans(segment, lost)
  const batches = segments.reduce((sum, each) => sum + unreadBatchesOf(each), 0)
  return { segments, batches, unknown: lost.all }
}

function addSpans({ path, endBytes, done, heardBeforeMs, heardUntilMs }: Segment, lost: LostSpans) {
  const bytes = readWhole(path)?.subarray(0, endBytes) ?? Buffer.alloc(0)
  let damaged = bytes.length < endBytes
  for (const { at, entry } of itemsOf(bytes)) {
    if (done.past(at) !== at) continue
    if (entry?.span) lost.add({ ...entry.span, reason: 'overflow' })
    damaged ||= !entry
  }
  if (damaged) lost.add({ fromMs: heardBeforeMs, toMs: heardUntilMs, reason: 'damaged' })
}

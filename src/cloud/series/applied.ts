import { z } from 'zod'
import type { UnixMs } from '../../model/time.ts'
import type { BatchId } from '../../wire/batch.ts'

/** An agent that was away for longer sends nothing that is still taken. */
const FORGET_AFTER_MS = 8 * 24 * 3600_000
/** Lanes and gaps a faulty agent could make without end. */
const MAX_LANES = 10_000
const MAX_SPANS = 4_000

/** As stored: of each lane `agent/epoch/lane` the numbers applied, as intervals. */
export const appliedSchema = z.record(
  z.string(),
  z.object({
    spans: z.array(z.tuple([z.number().int(), z.number().int()])),
    heardAt: z.number(),
  }),
)

type Spans = [from: number, to: number][]

interface Lane {
  /** In order, apart from each other. */
  readonly spans: Spans
  heardAt: UnixMs
}

/** Which batches of an environment are applied. */
export class Applied {
  readonly #lanes = new Map<string, Lane>()

  has(id: BatchId): boolean {
    const spans = this.#lanes.get(laneOf(id))?.spans ?? []
    const { from, to } = reach(spans, id.seq)
    return spans.slice(from, to).some(([first, last]) => first <= id.seq && id.seq <= last)
  }

  add(id: BatchId, receivedAt: UnixMs): void {
    this.#add(laneOf(id), [id.seq, id.seq], receivedAt)
  }

  /** Takes over what was stored. */
  merge(stored: z.infer<typeof appliedSchema>): void {
    for (const [lane, { spans, heardAt }] of Object.entries(stored)) {
      for (const span of spans) this.#add(lane, span, heardAt)
    }
  }

  /** What is worth storing at `now`. */
  snapshot(now: UnixMs): z.infer<typeof appliedSchema> {
    for (const [lane, { heardAt }] of this.#lanes) {
      if (now - heardAt > FORGET_AFTER_MS) this.#lanes.delete(lane)
    }
    return Object.fromEntries(this.#lanes)
  }

  #add(name: string, [first, last]: [number, number], heardAt: UnixMs): void {
    const lane = this.#lanes.get(name) ?? { spans: [], heardAt }
    // The lane heard last is the last of the map.
    this.#lanes.delete(name)
    this.#lanes.set(name, lane)
    lane.heardAt = Math.max(lane.heardAt, heardAt)
    const { spans } = lane
    const { from, to } = reach(spans, first, last)
    const touched = spans.slice(from, to)
    const start = Math.min(first, ...touched.map(([start]) => start))
    const end = Math.max(last, ...touched.map(([, end]) => end))
    spans.splice(from, touched.length, [start, end])
    if (spans.length > MAX_SPANS) closeOldestGap(spans)
    const [oldest] = this.#lanes.keys()
    if (this.#lanes.size > MAX_LANES && oldest !== undefined) this.#lanes.delete(oldest)
  }
}

function laneOf({ agent, epoch, lane }: BatchId): string {
  return `${agent}/${epoch}/${lane}`
}

/** The spans that touch `first` to `last`: indexes `[from, to)`. */
function reach(spans: Spans, first: number, last = first): { from: number; to: number } {
  let to = spans.length
  while (to > 0 && (spans[to - 1]?.[0] ?? 0) > last + 1) to--
  let from = to
  while (from > 0 && (spans[from - 1]?.[1] ?? 0) >= first - 1) from--
  return { from, to }
}

function closeOldestGap(spans: Spans): void {
  const [[first] = [0], [, last] = [0, 0]] = spans
  spans.splice(0, 2, [first, last])
}

import { z } from 'zod'
import type { UnixMs } from '../../../model/time.ts'
import type { BatchId } from '../../../wire/batch.ts'

/** An agent that was away for longer sends nothing that is still taken. */
const FORGET_AFTER_MS = 8 * 24 * 3600_000
/** Runs and gaps a faulty agent could make without end. */
const MAX_RUNS = 10_000
const MAX_SPANS = 4_000

/** As stored: of each run `agent/epoch` the numbers applied, as intervals. */
export const appliedSchema = z.record(
  z.string(),
  z.object({
    spans: z.array(z.tuple([z.number().int(), z.number().int()])),
    heardAt: z.number(),
  }),
)

type Spans = [from: number, to: number][]

interface Run {
  /** In order, apart from each other. */
  readonly spans: Spans
  heardAt: UnixMs
}

/** Which batches of an environment are applied. */
export class Applied {
  readonly #runs = new Map<string, Run>()

  has(id: BatchId): boolean {
    const spans = this.#runs.get(runOf(id))?.spans ?? []
    const { from, to } = reach(spans, id.seq)
    return spans.slice(from, to).some(([first, last]) => first <= id.seq && id.seq <= last)
  }

  add(id: BatchId, receivedAt: UnixMs): void {
    this.#add(runOf(id), [id.seq, id.seq], receivedAt)
  }

  /** Takes over what was stored. */
  merge(stored: z.infer<typeof appliedSchema>): void {
    for (const [run, { spans, heardAt }] of Object.entries(stored)) {
      for (const span of spans) this.#add(run, span, heardAt)
    }
  }

  /** What is worth storing at `now`. */
  snapshot(now: UnixMs): z.infer<typeof appliedSchema> {
    for (const [run, { heardAt }] of this.#runs) {
      if (now - heardAt > FORGET_AFTER_MS) this.#runs.delete(run)
    }
    // Copies: what is applied later is not part of it.
    return Object.fromEntries(
      [...this.#runs].map(([run, { spans, heardAt }]) => {
        return [run, { spans: spans.map(([from, to]): [number, number] => [from, to]), heardAt }]
      }),
    )
  }

  #add(name: string, [first, last]: [number, number], heardAt: UnixMs): void {
    const run = this.#runs.get(name) ?? { spans: [], heardAt }
    // The run heard last is the last of the map.
    this.#runs.delete(name)
    this.#runs.set(name, run)
    run.heardAt = Math.max(run.heardAt, heardAt)
    const { spans } = run
    const { from, to } = reach(spans, first, last)
    const touched = spans.slice(from, to)
    const start = Math.min(first, ...touched.map(([start]) => start))
    const end = Math.max(last, ...touched.map(([, end]) => end))
    spans.splice(from, touched.length, [start, end])
    if (spans.length > MAX_SPANS) closeOldestGap(spans)
    const [oldest] = this.#runs.keys()
    if (this.#runs.size > MAX_RUNS && oldest !== undefined) this.#runs.delete(oldest)
  }
}

function runOf({ agent, epoch }: BatchId): string {
  return `${agent}/${epoch}`
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

/**
 * For one reporter and one span exactly one feed counts. A reporter that is heard (`subscribe`) counts as
 * heard from the first polled bucket that begins after its first report, and as polled again from the first
 * bucket that begins after three report intervals of silence. Decided on data time alone: a replay of
 * the same batches decides the same.
 */
import { z } from 'zod'
import type { UnixMs } from '../../../model/time.ts'

/** A span of time `[fromMs, toMs)`. */
interface Span {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

/** A time in which the reporter was heard without three intervals of silence. */
interface Heard {
  /** Begin of the first window it was heard in. */
  sinceMs: UnixMs
  /** What is heard counts from here. */
  fromMs: UnixMs
  /** End of the newest window it was heard in. */
  toMs: UnixMs
  silenceMs: number
}

interface Reporter {
  /** Oldest first. */
  heard: Heard[]
  /** Buckets that counted as polled, joined; oldest first. */
  polled: { fromMs: UnixMs; toMs: UnixMs }[]
}

/** Who reports: of client rows the caller, of server rows the callee, of properties the module. */
export interface ReporterId {
  readonly kind: 'client' | 'server' | 'property'
  /** `App.Server`. */
  readonly module: string
  /** Its address; `*` when addresses were folded: stands for all of them. */
  readonly ip: string
}

const spanSchema = z.object({ fromMs: z.number(), toMs: z.number() })
const heardSchema = spanSchema.extend({ sinceMs: z.number(), silenceMs: z.number() })
/** As stored: key, spans heard, spans polled; those that reported longest ago first. */
export const reportersSchema = z.object({
  reporters: z.array(z.tuple([z.string(), z.array(heardSchema), z.array(spanSchema)])),
  buckets: z.array(z.tuple([z.enum(['stat', 'property']), spanSchema])),
})

export interface ReporterView extends ReporterId {
  readonly feed: 'subscribe' | 'polled'
  /** Since when that feed counts. */
  readonly sinceMs: UnixMs
  /** End of the newest span it reported in, by that feed. */
  readonly heardAt: UnixMs
}

const MAX_REPORTERS = 50_000
const MAX_SPANS = 4
const SILENT_INTERVALS = 3
const ANY_IP = '*'

export class Reporters {
  /** Rows that did not count because the other feed does. */
  readonly leftOut = { heard: 0, polled: 0 }
  readonly #maxReporters: number
  /** Those that reported longest ago first: they are forgotten. */
  readonly #reporters = new Map<string, Reporter>()
  /** The newest polled bucket of each kind of rows. */
  readonly #buckets = new Map<'stat' | 'property', Span>()

  constructor(maxReporters = MAX_REPORTERS) {
    this.#maxReporters = maxReporters
  }

  /** Whether a row heard in `window` counts; `intervalMs`: the report interval of its reporter. */
  heard(id: ReporterId, window: Span, intervalMs: number): boolean {
    const reporter = this.#reporter(id)
    const counts = hear(reporter, window, intervalMs, this.#buckets.get(kindOf(id)))
    if (!counts) this.leftOut.heard++
    return counts
  }

  /** Whether a row polled for `bucket` counts. */
  polled(id: ReporterId, bucket: Span): boolean {
    const newest = this.#buckets.get(kindOf(id))
    if (!newest || bucket.toMs > newest.toMs) this.#buckets.set(kindOf(id), bucket)
    const heard = [id, { ...id, ip: ANY_IP }].flatMap(
      (each) => this.#reporters.get(keyOf(each))?.heard ?? [],
    )
    if (heard.some((each) => covers(each, bucket))) {
      this.leftOut.polled++
      return false
    }
    join(this.#reporter(id).polled, bucket)
    return true
  }

  /** Whether what this reporter has at the end of `bucket` was polled. */
  wasPolled(id: ReporterId, { toMs }: Span): boolean {
    const { polled = [] } = this.#reporters.get(keyOf(id)) ?? {}
    return polled.some((span) => toMs > span.fromMs && toMs <= span.toMs)
  }

  snapshot(): z.infer<typeof reportersSchema> {
    const reporters = [...this.#reporters].map(([key, { heard, polled }]) => {
      // Copies: what is heard later is not part of it.
      const copied = [
        heard.map((each) => ({ ...each })),
        polled.map((each) => ({ ...each })),
      ] as const
      return [key, ...copied] satisfies [string, Heard[], Reporter['polled']]
    })
    return { reporters, buckets: [...this.#buckets] }
  }

  /** Takes over what was stored. */
  restore({ reporters, buckets }: z.infer<typeof reportersSchema>): void {
    for (const [key, heard, polled] of reporters) this.#reporters.set(key, { heard, polled })
    for (const [kind, bucket] of buckets) this.#buckets.set(kind, bucket)
  }

  /** Those heard last come first; at most `limit`. */
  list(limit: number): ReporterView[] {
    return [...this.#reporters]
      .map(([key, reporter]) => ({ ...idOf(key), ...viewOf(reporter) }))
      .sort((a, b) => b.heardAt - a.heardAt || (a.module < b.module ? -1 : 1))
      .slice(0, limit)
  }

  #reporter(id: ReporterId): Reporter {
    const key = keyOf(id)
    const reporter = this.#reporters.get(key) ?? { heard: [], polled: [] }
    this.#reporters.delete(key)
    this.#reporters.set(key, reporter)
    if (this.#reporters.size > this.#maxReporters) this.#forgetOldest()
    return reporter
  }

  // Only when needed: the first key of a map is far behind the deleted ones.
  #forgetOldest(): void {
    const [oldest] = this.#reporters.keys()
    if (oldest !== undefined) this.#reporters.delete(oldest)
  }
}

/** Takes note of a report and tells whether it counts. */
function hear(
  { heard, polled }: Reporter,
  { fromMs, toMs }: Span,
  intervalMs: number,
  bucket: Span | undefined,
): boolean {
  // What was decided stays: a backlog does not take a polled bucket back.
  if (polled.some((span) => fromMs >= span.fromMs && fromMs < span.toMs)) return false
  const silenceMs = SILENT_INTERVALS * intervalMs
  const known = heard.find(
    (each) =>
      fromMs >= each.sinceMs - silenceMs &&
      (fromMs <= each.toMs + silenceMs || fromMs < heldUntil(each, bucket)),
  )
  if (known) {
    extend(known, { fromMs, toMs })
    known.silenceMs = silenceMs
    return fromMs >= known.fromMs
  }
  const countsFrom = firstCounted({ fromMs, toMs }, bucket)
  heard.push({ sinceMs: fromMs, fromMs: countsFrom, toMs, silenceMs })
  heard.sort((a, b) => a.toMs - b.toMs)
  if (heard.length > MAX_SPANS) heard.shift()
  return fromMs >= countsFrom
}

function extend(known: Heard, { fromMs, toMs }: Span): void {
  known.toMs = Math.max(known.toMs, toMs)
  if (fromMs >= known.sinceMs) return
  if (known.fromMs === known.sinceMs) known.fromMs = fromMs
  known.sinceMs = fromMs
}

/** While nobody polls, a report counts at once; else from the next bucket on. */
function firstCounted(window: Span, bucket: Span | undefined): UnixMs {
  if (!bucket) return window.fromMs
  const lengthMs = bucket.toMs - bucket.fromMs
  const isPolled = window.fromMs < bucket.toMs + SILENT_INTERVALS * lengthMs
  return isPolled ? Math.ceil(window.toMs / lengthMs) * lengthMs : window.fromMs
}

/** Up to here polled buckets do not count: what is heard until then does, or nothing would. */
function heldUntil({ toMs, silenceMs }: Heard, bucket: Span | undefined): UnixMs {
  if (!bucket) return toMs + silenceMs
  const lengthMs = bucket.toMs - bucket.fromMs
  return Math.ceil((toMs + silenceMs) / lengthMs) * lengthMs
}

function covers({ fromMs, toMs, silenceMs }: Heard, bucket: Span): boolean {
  return bucket.toMs > fromMs && bucket.fromMs < toMs + silenceMs
}

function join(spans: Reporter['polled'], { fromMs, toMs }: Span): void {
  const touching = spans.find((span) => fromMs <= span.toMs && toMs >= span.fromMs)
  if (touching) {
    touching.fromMs = Math.min(touching.fromMs, fromMs)
    touching.toMs = Math.max(touching.toMs, toMs)
    return
  }
  spans.push({ fromMs, toMs })
  spans.sort((a, b) => a.toMs - b.toMs)
  if (spans.length > MAX_SPANS) spans.shift()
}

function viewOf({ heard, polled }: Reporter): Omit<ReporterView, keyof ReporterId> {
  const newest = heard.at(-1)
  const read = polled.at(-1)
  const isHeard = newest && newest.toMs > newest.fromMs && newest.toMs >= (read?.toMs ?? 0)
  if (isHeard) return { feed: 'subscribe', sinceMs: newest.fromMs, heardAt: newest.toMs }
  return { feed: 'polled', sinceMs: read?.fromMs ?? 0, heardAt: read?.toMs ?? newest?.toMs ?? 0 }
}

function kindOf({ kind }: ReporterId): 'stat' | 'property' {
  return kind === 'property' ? 'property' : 'stat'
}

function keyOf({ kind, module, ip }: ReporterId): string {
  return `${kind}\0${module}\0${ip}`
}

function idOf(key: string): ReporterId {
  const [kind, module = '', ip = ''] = key.split('\0')
  return { kind: kind === 'client' || kind === 'server' ? kind : 'property', module, ip }
}

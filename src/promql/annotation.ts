import type { UnixMs } from '../model/time.ts'
import type { Span } from './ast.ts'
import { civilDate } from './date.ts'
import { formatShort, quote } from './literal.ts'

/** What Prometheus tells beside the answer. Each text ends with line and column, `(1:5)`. */
export interface Annotations {
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
}

interface Monotonicity {
  readonly minBucket: number
  readonly maxBucket: number
  readonly maxDiff: number
}

interface Forced extends Monotonicity {
  readonly span: Span
  readonly count: number
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

/** Gathers annotations; the same text counts once, where it came up last. */
export class Notes {
  readonly #warnings = new Map<string, Span>()
  readonly #infos = new Map<string, Span>()
  /** By metric name. */
  readonly #forced = new Map<string, Forced>()
  #taken = 0

  /** How often something was told, the same text each time. */
  get taken(): number {
    return this.#taken
  }

  invalidQuantile(quantile: number, span: Span): void {
    this.#warn(`quantile value should be between 0 and 1, got ${formatShort(quantile)}`, span)
  }

  /** `name` is '' where names go at once. */
  badBucketLabel(value: string, name: string, span: Span): void {
    const fault = `bucket label "le" is missing or has a malformed value of ${quote(value)}`
    this.#warn(fault + ofMetric(name), span)
  }

  sortInRangeQuery(span: Span): void {
    this.#warn(
      'sort is ineffective for range queries since results are always ordered by labels',
      span,
    )
  }

  possibleNonCounter(name: string, span: Span): void {
    this.#info(
      `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(name)}`,
      span,
    )
  }

  incompatibleTypes(op: string, span: Span): void {
    this.#info(
      `incompatible sample types encountered for binary operator ${quote(op)}: float ${op} float`,
      span,
    )
  }

  /** `name` is '' where names go at once. */
  forcedMonotonicity(seen: Monotonicity, name: string, atMs: UnixMs, span: Span): void {
    this.#taken++
    const before = this.#forced.get(name)
    this.#forced.set(name, {
      span,
      count: (before?.count ?? 0) + 1,
      minBucket: Math.min(seen.minBucket, before?.minBucket ?? seen.minBucket),
      maxBucket: Math.max(seen.maxBucket, before?.maxBucket ?? seen.maxBucket),
      maxDiff: Math.max(seen.maxDiff, before?.maxDiff ?? 0),
      fromMs: Math.min(atMs, before?.fromMs ?? atMs),
      toMs: Math.max(atMs, before?.toMs ?? atMs),
    })
  }

  toAnnotations(): Annotations {
    const texts = (notes: ReadonlyMap<string, Span>) =>
      [...notes].map(([text, { line, column }]) => `${text} (${line}:${column})`)
    const forced = [...this.#forced].map(([name, each]) => forcedText(name, each))
    return { warnings: texts(this.#warnings), infos: [...texts(this.#infos), ...forced] }
  }

  #warn(text: string, span: Span): void {
    this.#taken++
    this.#warnings.set(`PromQL warning: ${text}`, span)
  }

  #info(text: string, span: Span): void {
    this.#taken++
    this.#infos.set(`PromQL info: ${text}`, span)
  }
}

function ofMetric(name: string): string {
  return name === '' ? '' : ` for metric name ${quote(name)}`
}

function forcedText(name: string, forced: Forced): string {
  const { span, count, minBucket, maxBucket, maxDiff, fromMs, toMs } = forced
  const buckets = `from buckets ${formatShort(minBucket)} to ${formatShort(maxBucket)}`
  const diff = `with a max diff of ${formatShort(Number(maxDiff.toPrecision(2)))}`
  const when = `over ${count} samples from ${formatSecond(fromMs)} to ${formatSecond(toMs)}`
  return `PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${ofMetric(name)}, ${buckets}, ${diff}, ${when} (${span.line}:${span.column})`
}

const DAY_MS = 86_400_000

/** RFC 3339 to the second, UTC. */
function formatSecond(atMs: UnixMs): string {
  const days = Math.floor(atMs / DAY_MS)
  const { year, month, day } = civilDate(days)
  const seconds = Math.floor((atMs - days * DAY_MS) / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor).map(two)
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock.join(':')}Z`
}

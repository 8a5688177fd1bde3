/** Where data of a selector begin and end within a time, to a second: asked for with few, short questions. */
import type { UnixMs } from '../../model/time.ts'
import { formatMatcher, type Matcher, PromqlError } from '../../promql/index.ts'
import type { StoredSeries } from './ports.ts'

/** Infinite where data reach as far as it was looked for. */
export interface Found {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

/** What is found so near to an end of the time reaches to it. */
const NEAR_MS = 5 * 60_000
/** Of a longer time first its labels are asked for: they are cheap. */
const LEAF_MS = 3_600_000
const EXACT_MS = 1000

/** Undefined: there are none. */
export async function findData(
  series: StoredSeries,
  matchers: readonly Matcher[],
  { fromMs, toMs }: Found,
): Promise<Found | undefined> {
  const search = new Search(series, matchers)
  const isFromStart = await search.hasSamples(fromMs, Math.min(fromMs + NEAR_MS, toMs))
  const first = isFromStart ? -Infinity : await search.edge(fromMs, toMs, 'first')
  if (first === undefined) return undefined
  const isToEnd = await search.hasSamples(Math.max(toMs - NEAR_MS, fromMs), toMs)
  const last = isToEnd ? Infinity : await search.edge(fromMs, toMs, 'last')
  return { fromMs: first, toMs: last ?? toMs }
}

class Search {
  readonly #series: StoredSeries
  readonly #matchers: readonly Matcher[]
  readonly #selector: string

  constructor(series: StoredSeries, matchers: readonly Matcher[]) {
    this.#series = series
    this.#matchers = matchers
    this.#selector = `{${matchers.map(formatMatcher).join(',')}}`
  }

  async hasSamples(fromMs: UnixMs, toMs: UnixMs): Promise<boolean> {
    if (toMs <= fromMs) return false
    const text = `count(last_over_time(${this.#selector}[${toMs - fromMs}ms]))`
    try {
      const answer = await this.#series.instant(text, toMs)
      return answer.type === 'vector' && answer.samples.length > 0
    } catch (error) {
      // So many that they cannot be counted: they are there.
      if (error instanceof PromqlError) return true
      throw error
    }
  }

  /** In halves, those without any data as a whole. */
  async edge(fromMs: UnixMs, toMs: UnixMs, which: 'first' | 'last'): Promise<UnixMs | undefined> {
    const isLong = toMs - fromMs > LEAF_MS
    const isThere = isLong
      ? await this.#series.mayHave(this.#matchers, fromMs, toMs)
      : await this.hasSamples(fromMs, toMs)
    if (!isThere) return undefined
    // Most reports are of whole seconds: this one.
    if (toMs - fromMs <= EXACT_MS) return Math.floor(toMs / 1000) * 1000
    const middleMs = Math.round((fromMs + toMs) / 2)
    const early = () => this.edge(fromMs, middleMs, which)
    const late = () => this.edge(middleMs, toMs, which)
    return which === 'first' ? ((await early()) ?? late()) : ((await late()) ?? early())
  }
}

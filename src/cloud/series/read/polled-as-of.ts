/** Polled buckets are complete only some time after their end. Rules look at the newest as if it ended now. */
import type { UnixMs } from '../../../model/time.ts'
import type { Matcher, SeriesData, Source } from '../../../promql/index.ts'

/** What TARSFramework keeps has this span; `1m` of K8SFramework is in time for `[3m]`. */
const POLLED_SPAN = '5m'
/** While nobody can poll, the newest bucket stays the present for so long; then there is none. */
const MAX_LAG_MS = 3_600_000

/**
 * `source` as at `now`, its series of `span="5m"` moved forward so that their newest bucket, which ended
 * at `reachedMs`, ends now: from one bucket to the next they say the same, and no window falls in between.
 * Data that are missing thus neither fire nor resolve an alarm.
 */
export function polledAsOf(source: Source, reachedMs: UnixMs | undefined, now: UnixMs): Source {
  if (reachedMs === undefined || reachedMs >= now) return source
  const lagMs = now - reachedMs
  return {
    async select(matchers, startMs, endMs, extent) {
      if (!matchers.some(isOfPolled)) return source.select(matchers, startMs, endMs, extent)
      if (lagMs > MAX_LAG_MS) return []
      const series = await source.select(matchers, startMs - lagMs, endMs - lagMs)
      return series.map((each) => moved(each, lagMs))
    },
  }
}

function isOfPolled({ name, op, value }: Matcher): boolean {
  return name === 'span' && op === '=' && value === POLLED_SPAN
}

function moved({ labels, times, values }: SeriesData, byMs: number): SeriesData {
  return { labels, times: Float64Array.from(times, (time) => time + byMs), values }
}

/** What samples are by the hour, once raw ones are too old. */
import type { UnixMs } from '../../../src/model/time.ts'
import { isStale, STALE } from '../../../src/promql/index.ts'
import { type Samples, textOf } from './model-samples.ts'
import { add, type Meet } from './model-told.ts'

const HOUR_MS = 3600_000
const last: Meet = (_, value) => value

/** Samples up to `rolledMs` as hours, stamped with their ends; those after it as they are. */
export function rolled(samples: Samples, rolledMs: UnixMs): Samples {
  const all: Samples = new Map()
  for (const [series, raw] of samples) {
    const { text, meet } = hourlyOf(series)
    for (const [time, value] of [...raw].sort(([a], [b]) => a - b)) {
      if (time > rolledMs) put(all, series, time, value)
      else {
        const hour = Math.ceil(time / HOUR_MS) * HOUR_MS
        const old = all.get(text)?.get(hour) ?? STALE
        if (isStale(old)) put(all, text, hour, value)
        else if (!isStale(value)) put(all, text, hour, meet(old, value))
      }
    }
  }
  return all
}

/** Up to where hours may have taken the place of raw samples, by what is found: whole hours, the latest first. */
export function rolledBy(found: Samples, latestMs: UnixMs): UnixMs[] {
  let firstRaw = latestMs + 1
  let lastHour = -Infinity
  for (const [series, samples] of found) {
    if (!series.includes('"span":')) continue
    for (const time of samples.keys()) {
      if (series.includes('"span":"1h"')) lastHour = Math.max(lastHour, time)
      else firstRaw = Math.min(firstRaw, time)
    }
  }
  const to = Math.floor((firstRaw - 1) / HOUR_MS) * HOUR_MS
  const from = Math.max(lastHour, to - 24 * HOUR_MS)
  const all = Array.from({ length: (to - from) / HOUR_MS + 1 }, (_, at) => to - at * HOUR_MS)
  return lastHour === -Infinity ? [-Infinity, ...all] : all
}

const known = new Map<string, { readonly text: string; readonly meet: Meet }>()

/** What the series is called by the hour, and how its samples of an hour meet. */
function hourlyOf(series: string): { readonly text: string; readonly meet: Meet } {
  const found = known.get(series)
  if (found) return found
  const labels = JSON.parse(series)
  const text = labels.span ? textOf({ ...labels, span: '1h' }) : series
  const made = { text, meet: meetOf(labels) }
  known.set(series, made)
  return made
}

function meetOf({ __name__: name, policy }: Readonly<Record<string, string>>): Meet {
  if (name === 'tars_property') {
    if (policy === 'Min') return Math.min
    return policy === 'Max' || policy === 'Avg' ? Math.max : add
  }
  if (
    /^tars_(calls|timeouts|exceptions|duration_ms_(sum|bucket)|notify_events)$/.test(name ?? '')
  ) {
    return add
  }
  return name?.startsWith('tars_') ? Math.max : last
}

function put(samples: Samples, series: string, time: UnixMs, value: number): void {
  const own = samples.get(series) ?? new Map<UnixMs, number>()
  own.set(time, value)
  samples.set(series, own)
}

/** Samples of many series in plain maps, and how they differ. */
import assert from 'node:assert/strict'
import type { Labels } from '../../../src/model/labels.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import { isStale, type SeriesData } from '../../../src/promql/index.ts'

/** By labels as text, then by time. */
export type Samples = Map<string, Map<UnixMs, number>>

export function textOf(labels: Labels): string {
  return JSON.stringify(Object.fromEntries(Object.entries(labels).sort()))
}

/** `movedMs`: times are so much later than they were. */
export function samplesOf(
  found: readonly SeriesData[],
  fromMs: UnixMs,
  toMs = Infinity,
  movedMs = 0,
): Samples {
  const samples: Samples = new Map()
  for (const { labels, times, values } of found) {
    const rows = Array.from(times, (time, at) => [time, values[at] ?? NaN] as const)
    const within = rows.filter(([time]) => time >= fromMs && time <= toMs)
    assert.ok(!samples.has(textOf(labels)), `twice: ${textOf(labels)}`)
    const isAscending = rows.every(([time], at) => at === 0 || time > (rows[at - 1]?.[0] ?? 0))
    assert.ok(isAscending, `times of ${textOf(labels)}`)
    if (within.length === 0) continue
    samples.set(textOf(labels), new Map(within.map(([time, value]) => [time - movedMs, value])))
  }
  return samples
}

export function filtered(
  samples: Samples,
  isWanted: (series: string) => boolean,
  fromMs: UnixMs,
  toMs: UnixMs,
): Samples {
  const found: Samples = new Map()
  for (const [series, all] of samples) {
    if (!isWanted(series)) continue
    const rows = [...all].filter(([time]) => time >= fromMs && time <= toMs)
    if (rows.length > 0) found.set(series, new Map(rows))
  }
  return found
}

/** Says the first differences, not all. @throws {AssertionError} */
export function same(found: Samples, expected: Samples): void {
  const first = [...differences(found, expected)].slice(0, 5)
  assert.ok(first.length === 0, first.join('\n'))
}

export function isAs(found: Samples, expected: Samples): boolean {
  return differences(found, expected).next().done === true
}

function* differences(found: Samples, expected: Samples): Generator<string> {
  for (const series of new Set([...expected.keys(), ...found.keys()])) {
    const [is, should] = [found.get(series), expected.get(series)]
    for (const time of new Set([...(should?.keys() ?? []), ...(is?.keys() ?? [])])) {
      if (isSame(is?.get(time), should?.get(time))) continue
      yield `${series} at ${time}: ${is?.get(time)}, not ${should?.get(time)}`
    }
  }
}

/** Of NaNs only stale markers are told from others. */
function isSame(found: number | undefined, expected: number | undefined): boolean {
  if (found === undefined || expected === undefined) return found === expected
  return Object.is(found, expected) && isStale(found) === isStale(expected)
}

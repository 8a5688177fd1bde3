/**
 * Appends the thresholds that people set as `tars_threshold{rule, callee, interface}`, of a whole server without
 * `interface`: the nearest level, and only where one is set. The default stays in the rule file, and a new
 * interface needs no series to be watched:
 *
 *   (ratio >= 0.2 unless on (callee, interface) tars_threshold{rule="FailureRatio"})
 *   or ratio >= on (callee, interface) group_left () tars_threshold{rule="FailureRatio"}
 */
import { type SeriesSamples, sampleBatchOf } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import { STALE } from '../../promql/index.ts'
import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'
import { MINUTE_MS, type Pair, pairKey } from './minutes.ts'
import type { BaselineSeries, ThresholdSource } from './ports.ts'
import { seriesOf } from './read-minutes.ts'
import { type Threshold, Thresholds } from './threshold.ts'
import { WatermarkFollower } from './watermark-follower.ts'

export interface ThresholdWriterOptions {
  readonly series: BaselineSeries
  readonly thresholds: ThresholdSource
  readonly clock: Clock
  readonly log: Log
  /** In one environment; more are not written, and counted. Default 20,000. */
  readonly maxSeries?: number
}

/** Instant selectors look back 5 min. */
const EVERY_MS = 4 * MINUTE_MS
const MAX_SERIES = 20_000

interface Place {
  /** The minute they were written last. */
  atMs: UnixMs
  /** As JSON: what they were. */
  thresholds: string
  series: ReadonlyMap<string, SeriesSamples>
}

const NOTHING: Place = { atMs: Number.NEGATIVE_INFINITY, thresholds: '[]', series: new Map() }

export class ThresholdWriter extends WatermarkFollower {
  readonly counters = { dropped: 0 }
  readonly #options: ThresholdWriterOptions
  readonly #places = new Map<string, Place>()

  constructor(options: ThresholdWriterOptions) {
    super(options.log)
    this.#options = options
  }

  override forget(environment: string): void {
    super.forget(environment)
    this.#places.delete(environment)
  }

  /** Each minute when they changed, else now and then. */
  protected override async step(environment: string, watermark: UnixMs): Promise<void> {
    const { series, thresholds: source, clock, maxSeries = MAX_SERIES } = this.#options
    const atMs = Math.floor(watermark / MINUTE_MS) * MINUTE_MS
    const before = this.#places.get(environment) ?? NOTHING
    if (atMs <= before.atMs) return
    const thresholds = await source.thresholds(environment)
    const text = JSON.stringify(thresholds)
    if (text === before.thresholds && atMs < before.atMs + EVERY_MS) return
    const pairs = thresholds.length === 0 ? [] : await this.#pairs(environment, atMs)
    const all = seriesOfThresholds(thresholds, pairs, atMs)
    const now = new Map([...all].slice(0, maxSeries))
    this.counters.dropped += all.size - now.size
    const ended = [...before.series].filter(([key]) => !now.has(key))
    const stale = ended.map(([, { labels }]) => sampleAt(labels, atMs, STALE))
    const batch = sampleBatchOf([...now.values(), ...stale])
    if (batch.times.length > 0) await series.appendSamples(environment, batch, clock.now())
    this.#places.set(environment, { atMs, thresholds: text, series: now })
  }

  /** Who was called lately. */
  async #pairs(environment: string, atMs: UnixMs): Promise<readonly Pair[]> {
    const expr = 'count by (callee, interface) (sum_over_time(tars_calls{span!="1h"}[15m]))'
    const at = { startMs: atMs, endMs: atMs, stepMs: MINUTE_MS }
    const found = seriesOf(await this.#options.series.range(environment, expr, at))
    return found.map(({ labels: { callee = '', interface: name = '' } }) => {
      return { callee, interface: name }
    })
  }
}

function seriesOfThresholds(
  thresholds: readonly Threshold[],
  pairs: readonly Pair[],
  atMs: UnixMs,
): ReadonlyMap<string, SeriesSamples> {
  const resolved = new Thresholds(thresholds)
  const servers = new Set(pairs.map(({ callee }) => callee))
  const places = [...Array.from(servers, (callee) => ({ callee, interface: '' })), ...pairs]
  const found = new Map<string, SeriesSamples>()
  for (const rule of resolved.rules) {
    for (const place of places) {
      const threshold = resolved.nearest(rule, place)
      if (!threshold) continue
      const labels = { __name__: 'tars_threshold', rule, ...place }
      found.set(`${rule}\n${pairKey(place)}`, sampleAt(labels, atMs, threshold.value))
    }
  }
  return found
}

function sampleAt(labels: SeriesSamples['labels'], atMs: UnixMs, value: number): SeriesSamples {
  return { labels, times: Float64Array.of(atMs), values: Float64Array.of(value) }
}

/** Series of traffic that is a function of time: weeks of it cost nothing. */
import assert from 'node:assert/strict'
import type { Appended, BaselineSeries, Range } from '../../../src/cloud/baselines/ports.ts'
import type { Labels } from '../../../src/model/labels.ts'
import { type SampleBatch, seriesOf } from '../../../src/model/sample-batch.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import {
  compileMatchers,
  evaluateInstant,
  evaluateRange,
  isStale,
  type Matcher,
  type SeriesData,
  type Source,
  type Value,
} from '../../../src/promql/index.ts'
import { MemorySource } from '../../../src/promql/memory-source.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** A minute of a pair. */
export interface Told {
  readonly calls: number
  readonly failures?: number
  /** Of a call that did not fail. */
  readonly meanMs?: number
}

export interface Teller {
  readonly callee?: string
  readonly interface?: string
  readonly side?: 'client' | 'server'
  readonly spanMs?: number
  /** What was told of the minute that ends at `endMs`: undefined when nothing. */
  tells(endMs: UnixMs): Told | undefined
}

/** Of the same minute every time, in [0, 1). */
export function noise(endMs: UnixMs, seed = 0): number {
  const mixed = Math.sin(endMs / MINUTE_MS + seed * 7919) * 43_758.5453
  return mixed - Math.floor(mixed)
}

export class TrafficSeries implements BaselineSeries, Source {
  readonly appended = new MemorySource()
  /** Samples. */
  count = 0
  queries = 0
  /** Rejects what is asked or appended. */
  fault: Error | undefined
  refused: Appended['refused'] = []
  readonly #tellers: readonly Teller[]
  readonly #sinceMs: UnixMs

  /** Agents are there from `sinceMs` on. */
  constructor(tellers: readonly Teller[], sinceMs: UnixMs = 0) {
    this.#tellers = tellers
    this.#sinceMs = sinceMs
  }

  async range(_: string, expr: string, { startMs, endMs, stepMs }: Range): Promise<Value> {
    this.queries++
    if (this.fault) throw this.fault
    return evaluateRange(expr, startMs, endMs, stepMs, this)
  }

  async appendSamples(_: string, batch: SampleBatch): Promise<Appended> {
    if (this.fault) throw this.fault
    for (const { labels, times, values } of seriesOf(batch)) {
      for (const [row, at] of times.entries()) {
        const value = values[row] as number
        const isEnd = labels.__name__ === 'tars_threshold' && isStale(value)
        assert.ok(isEnd || Number.isFinite(value), `${JSON.stringify(labels)} is ${value}`)
        this.appended.add(labels, at, value)
        this.count++
      }
    }
    return { refused: this.refused }
  }

  /** Labels without the name, as `key=value …`, with values. */
  async instant(expr: string, at: UnixMs): Promise<Record<string, number>> {
    const value = await evaluateInstant(expr, at, this)
    assert.ok(value.type === 'vector')
    const texts = value.samples.map(({ labels, value: number }) => {
      const { __name__, ...others } = labels
      return [
        Object.entries(others)
          .map((label) => label.join('='))
          .join(' '),
        number,
      ] as const
    })
    return Object.fromEntries(texts)
  }

  select(matchers: readonly Matcher[], startMs: UnixMs, endMs: UnixMs): readonly SeriesData[] {
    const matches = compileMatchers(matchers)
    const found = [...this.appended.select(matchers, startMs, endMs)]
    const lag = { __name__: 'tars_agent_window_lag_seconds', agent: 'a' }
    if (matches(lag)) {
      const ends = this.#ends(MINUTE_MS, startMs, endMs)
      found.push({ labels: lag, times: ends, values: ends.map(() => 1) })
    }
    for (const teller of this.#tellers) {
      for (const [labels, columnOf] of columnsOf(teller)) {
        if (!matches(labels)) continue
        const ends = this.#ends(teller.spanMs ?? 10_000, startMs, endMs)
        const rows = ends.map((end) => [end, toldOf(teller, end)] as const)
        const told = rows.flatMap(([end, values]) => (values ? [[end, columnOf(values)]] : []))
        const [times, values] = [told.map(([end]) => end ?? 0), told.map(([, value]) => value ?? 0)]
        found.push({ labels, times, values })
      }
    }
    return found.filter(({ times }) => times.length > 0)
  }

  #ends(spanMs: number, startMs: UnixMs, endMs: UnixMs): number[] {
    const first = Math.ceil(Math.max(startMs, this.#sinceMs) / spanMs)
    const count = Math.max(0, Math.floor(endMs / spanMs) - first + 1)
    return Array.from({ length: count }, (_, at) => (first + at) * spanMs)
  }
}

type Column = (told: Required<Told>) => number

function* columnsOf(teller: Teller): Generator<[Labels, Column]> {
  const {
    callee = 'App.Server',
    interface: name = 'get',
    side = 'client',
    spanMs = 10_000,
  } = teller
  const span = spanMs === 10_000 ? '10s' : `${spanMs / MINUTE_MS}m`
  const labels = { callee, interface: name, side, span, callee_ip: '10.0.0.1' }
  const timed: Column = ({ calls, failures }) => calls - failures
  yield [{ __name__: 'tars_calls', ...labels }, ({ calls }) => calls]
  yield [{ __name__: 'tars_timeouts', ...labels }, ({ failures }) => failures / 4]
  yield [{ __name__: 'tars_exceptions', ...labels }, ({ failures }) => (failures * 3) / 4]
  yield [{ __name__: 'tars_duration_ms_sum', ...labels }, (told) => timed(told) * told.meanMs]
  yield [{ __name__: 'tars_duration_ms_bucket', ...labels, le: '+Inf' }, timed]
  yield [{ __name__: 'tars_duration_ms_bucket', ...labels, le: '5' }, () => 0]
}

/** Of one span: what is told is of minutes. */
function toldOf({ tells, spanMs = 10_000 }: Teller, endMs: UnixMs): Required<Told> | undefined {
  const told = tells(Math.ceil(endMs / MINUTE_MS) * MINUTE_MS)
  if (!told) return undefined
  const share = spanMs / MINUTE_MS
  const { calls, failures = 0, meanMs = 20 } = told
  return { calls: calls * share, failures: failures * share, meanMs }
}

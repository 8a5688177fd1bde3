/** Random series, shaped as real ones are: counters, gauges, histograms, and what goes wrong with them. */
import type { Labels } from '../../src/model/labels.ts'
import { compileMatchers, type SeriesData, type Source, STALE } from '../../src/promql/index.ts'
import type { Random } from './random.ts'

export const START_MS = Date.UTC(2024, 1, 28, 23, 0, 0)
export const SPAN_MS = 2 * 3_600_000
/** Off every boundary: queries are at half seconds, subqueries at whole ones. */
const SAMPLE_PHASE_MS = 437

type Value = (i: number) => number
type Shape = (random: Random) => Value

/** Eighths: sums of them are exact in whatever order they are added. */
function eighth(random: Random, least: number, most: number): number {
  return random.int(least * 8, most * 8) / 8
}

const counter: Shape = (random) => {
  let value = random.chance(0.3) ? 0 : random.int(0, 5000)
  const pace = random.pick([1, 10, 300])
  return () => {
    value = random.chance(0.03) ? random.int(0, pace) : value + random.int(0, pace)
    return value
  }
}

const gauge: Shape = (random) => {
  let value = eighth(random, -50, 50)
  return () => {
    value += eighth(random, -4, 4)
    return value
  }
}

const level: Shape = (random) => () => random.int(0, 5)

const constant: Shape = (random) => {
  const value = eighth(random, -3, 9)
  return () => value
}

const ODD = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-3, 5e9, -7e12, 2 ** 53]
const odd: Shape = (random) => {
  const often = random.pick(ODD)
  return () => (random.chance(0.5) ? often : random.pick(ODD))
}

const unixTime: Shape = (random) => () => random.int(-1e9, 5e9)

const one: Shape = () => () => 1

interface Family {
  readonly name: string
  readonly shape: Shape
  /** All combinations, some of which are left out. */
  readonly labels: Readonly<Record<string, readonly string[]>>
  readonly share?: number
}

const JOB = ['api', 'db', '网关']
const INSTANCE = ['a:1', 'b:1', 'c:1']

export const FAMILIES: readonly Family[] = [
  {
    name: 'requests_total',
    shape: counter,
    labels: { job: JOB, instance: INSTANCE, code: ['200', '404', '500'] },
    share: 0.7,
  },
  { name: 'errors_total', shape: counter, labels: { job: JOB, instance: INSTANCE } },
  { name: 'temperature', shape: gauge, labels: { job: JOB, instance: INSTANCE } },
  {
    name: 'pressure',
    shape: gauge,
    labels: { job: JOB, zone: ['', 'z1', 'é"\\ü'] },
    share: 0.8,
  },
  { name: 'queue', shape: level, labels: { job: JOB, instance: INSTANCE }, share: 0.8 },
  { name: 'limit', shape: constant, labels: { job: JOB } },
  { name: 'build_info', shape: one, labels: { job: JOB, version: ['v1', 'v2'] }, share: 0.6 },
  { name: 'odd', shape: odd, labels: { kind: ['k1', 'k2', 'k3', 'k4'], job: JOB }, share: 0.6 },
  { name: 'birth', shape: unixTime, labels: { instance: INSTANCE } },
  { name: 'lonely', shape: gauge, labels: {} },
]

const BOUNDS = ['0.1', '0.5', '1', '2.5', '+Inf']

export interface Data {
  /** In Prometheus' order: by labels. */
  readonly series: readonly SeriesData[]
  readonly source: Source
}

export function makeData(random: Random): Data {
  const series = [...FAMILIES.flatMap((family) => ofFamily(random, family)), ...histograms(random)]
  const ordered = series
    .filter(({ times }) => times.length > 0)
    .sort((a, b) => Buffer.compare(orderOf(a), orderOf(b)))
  return { series: ordered, source: sourceOf(ordered) }
}

function orderOf({ labels }: SeriesData): Buffer {
  const names = Object.keys(labels).sort()
  return Buffer.from(names.map((name) => `${name}\0${labels[name]}\0`).join(''))
}

function sourceOf(series: readonly SeriesData[]): Source {
  return {
    select(matchers, startMs, endMs) {
      const matches = compileMatchers(matchers)
      return series.filter(
        ({ labels, times }) =>
          matches(labels) &&
          Array.prototype.some.call(times, (ms: number) => ms >= startMs && ms <= endMs),
      )
    },
  }
}

function combinations(labels: Family['labels']): readonly Labels[] {
  return Object.entries(labels).reduce<readonly Labels[]>(
    (sofar, [name, values]) =>
      sofar.flatMap((known) =>
        values.map((value) => (value === '' ? known : { ...known, [name]: value })),
      ),
    [{}],
  )
}

function ofFamily(random: Random, { name, shape, labels, share = 1 }: Family): SeriesData[] {
  return combinations(labels)
    .filter(() => random.chance(share))
    .map((each) => fill(random, { __name__: name, ...each }, shape(random)))
}

function fill(random: Random, labels: Labels, value: Value): SeriesData {
  const times = sampleTimes(random)
  return {
    labels,
    ...withStale(
      random,
      times,
      times.map((_, i) => value(i)),
    ),
  }
}

/** Every 15 s to a minute, now and then missing, sometimes for long; not all live from start to end. */
function sampleTimes(random: Random): number[] {
  const stepMs = random.pick([15_000, 30_000, 60_000])
  const phaseMs = random.int(0, 14) * 1000 + SAMPLE_PHASE_MS
  const fromMs = random.chance(0.15) ? random.int(0, SPAN_MS / 2 / 1000) * 1000 : 0
  const toMs = random.chance(0.15) ? SPAN_MS - random.int(0, SPAN_MS / 2 / 1000) * 1000 : SPAN_MS
  const missing = random.pick([0, 0, 0.1, 0.4])
  const times: number[] = []
  for (let ms = fromMs; ms < toMs; ms += stepMs) {
    if (random.chance(0.004)) ms += random.int(1, 20) * 60_000
    if (!random.chance(missing) && ms < toMs) times.push(START_MS + ms + phaseMs)
  }
  return times
}

function withStale(random: Random, times: readonly number[], values: number[]) {
  const often = random.chance(0.2) ? 0.05 : 0
  // Other arrays may lose the marker's payload.
  return {
    times,
    values: Float64Array.from(values, (value) => (random.chance(often) ? STALE : value)),
  }
}

/** Cumulative buckets, sometimes without `+Inf`, with a bound twice, not a number, or out of order. */
function histograms(random: Random): SeriesData[] {
  return combinations({ job: JOB, instance: INSTANCE }).flatMap((labels) => {
    if (random.chance(0.3)) return []
    const bounds = [...BOUNDS.filter(() => random.chance(0.95))]
    if (random.chance(0.15)) bounds.push('1.0')
    if (random.chance(0.1)) bounds.push('much')
    const counters = bounds.map((_, b) => bucketCounter(random, b))
    const rows = bounds.map((le, b): SeriesData => {
      const times = sampleTimes(random)
      const values = times.map((ms) => counters[b]?.(ms) ?? 0)
      const name = { __name__: 'latency_bucket', ...labels, le }
      return { labels: name, ...withStale(random, times, values) }
    })
    const sums = ['latency_sum', 'latency_count'].map((name) =>
      fill(random, { __name__: name, ...labels }, counter(random)),
    )
    return [...rows, ...sums]
  })
}

/** More the higher the bucket, but for some noise. */
function bucketCounter(random: Random, bucket: number): Value {
  const pace = random.int(1, 4) * (bucket + 1)
  const noise = random.chance(0.1) ? 40 : 0
  return (ms) => Math.round(((ms - START_MS) / 15_000) * pace) + random.int(0, noise)
}

/** Values as Prometheus writes them in JSON, piece by piece: an answer may be large. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { SeriesData, Value } from '../../../promql/index.ts'

/** JSON in pieces, in their order. */
export type Json = Iterable<string>

/** Go's `strconv.FormatFloat`: plain between 1e-6 and 1e21, else with an exponent of two digits. */
export function floatText(value: number): string {
  if (Number.isFinite(value)) {
    if (Object.is(value, -0)) return '-0'
    const text = String(value)
    return text.includes('e') ? goExponent(text) : text
  }
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

/** Go's `%e` with as many digits as it takes: `1e+00`. */
export function exponentText(value: number): string {
  if (!Number.isFinite(value)) return floatText(value)
  return (Object.is(value, -0) ? '-' : '') + goExponent(value.toExponential())
}

function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

/** Seconds; with three digits of milliseconds when there are any. */
export function momentText(at: UnixMs): string {
  const ms = Math.abs(at % 1000)
  if (ms === 0) return String(at / 1000)
  return `${at < 0 ? '-' : ''}${Math.trunc(Math.abs(at) / 1000)}.${String(ms).padStart(3, '0')}`
}

export function labelsText(labels: Labels): string {
  const pairs = Object.keys(labels)
    .sort(byText)
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(labels[name])}`)
  return `{${pairs.join(',')}}`
}

/** By UTF-8 bytes, as Go sorts texts. */
export function byText(a: string, b: string): number {
  if (a === b) return 0
  // UTF-16 and UTF-8 differ in order only where surrogates meet what is above them.
  if (!/[\ud800-\uffff]/.test(a + b)) return a < b ? -1 : 1
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** `data` of a query. */
export function* valueJson(value: Value, at: UnixMs): Json {
  yield `{"resultType":"${value.type}","result":`
  switch (value.type) {
    case 'scalar':
      yield pointText(at, value.value)
      break
    case 'string':
      yield `[${momentText(at)},${JSON.stringify(value.value)}]`
      break
    case 'vector':
      yield* listJson(value.samples, function* ({ labels, atMs, value: each }) {
        yield `{"metric":${labelsText(labels)},"value":${pointText(atMs, each)}}`
      })
      break
    case 'matrix':
      yield* listJson(value.series, seriesJson)
  }
  yield '}'
}

export function* listJson<T>(items: Iterable<T>, itemJson: (item: T) => Json): Json {
  let separator = '['
  for (const item of items) {
    yield separator
    yield* itemJson(item)
    separator = ','
  }
  yield separator === '[' ? '[]' : ']'
}

/** Points written at one go. */
const POINTS = 1000

function* seriesJson({ labels, times, values }: SeriesData): Json {
  yield `{"metric":${labelsText(labels)},"values":[`
  for (let from = 0; from < times.length; from += POINTS) {
    let text = ''
    for (let i = from; i < times.length && i < from + POINTS; i++) {
      text += `${i === 0 ? '' : ','}${pointText(times[i] ?? 0, values[i] ?? 0)}`
    }
    yield text
  }
  yield ']}'
}

function pointText(at: UnixMs, value: number): string {
  return `[${momentText(at)},"${floatText(value)}"]`
}

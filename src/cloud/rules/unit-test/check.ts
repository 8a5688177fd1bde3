/** Compares what a unit test expects with what there is. */
import type { Labels } from '../../../model/labels.ts'
import { PromqlError, parseMetric } from '../../../promql/index.ts'
import type { Sample } from '../ports.ts'
import { joined, readingsOf } from '../reading.ts'
import type { Broken, Finding } from './finding.ts'
import type { TestSeries } from './test-series.ts'
import type { AlertTest, ExpressionTest, FiringAlert, UnitTest } from './unit-test.ts'

export function checkAlerts(test: AlertTest, firing: readonly FiringAlert[]): Finding[] {
  const { place, atMs, alertname: subject } = test
  const [expected, got] = [test.expected, firing].map((alerts) =>
    alerts.map(alertLines).sort(byText),
  )
  if (JSON.stringify(expected) === JSON.stringify(got)) return []
  const lines = (alerts: readonly string[][] = []) => alerts.flat()
  return [{ kind: 'alerts', place, subject, atMs, expected: lines(expected), got: lines(got) }]
}

export interface Comparison extends Pick<UnitTest, 'startMs'> {
  readonly fuzzyCompare: boolean
}

export async function checkExpression(
  test: ExpressionTest,
  series: TestSeries,
  { startMs, fuzzyCompare }: Comparison,
): Promise<Finding[]> {
  const { place, atMs, expr: subject } = test
  const histogram = test.expected.find((sample) => sample.histogram !== '')
  if (histogram) {
    return [{ kind: 'unsupported', place, subject, message: 'native histograms' }]
  }
  try {
    const value = await series.instant(joined(readingsOf(subject)), startMs + atMs)
    if (value.type !== 'vector' && value.type !== 'scalar') {
      return [broken(test, `the expression is a ${value.type}, no instant vector or scalar`)]
    }
    const got = value.type === 'vector' ? value.samples : [{ labels: {}, value: value.value }]
    const expected = test.expected.map((sample) => {
      return { labels: parseMetric(sample.labels), value: sample.value }
    })
    return sameSamples(expected, got, fuzzyCompare)
      ? []
      : [
          {
            kind: 'samples',
            place,
            subject,
            atMs,
            expected: sampleLines(expected),
            got: sampleLines(got),
          },
        ]
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error
    return [broken(test, error.message)]
  }
}

function broken({ place, expr: subject, atMs }: ExpressionTest, message: string): Broken {
  return { kind: 'broken', what: 'expression', place, subject, atMs, message }
}

function sameSamples(expected: readonly Sample[], got: readonly Sample[], fuzzy: boolean): boolean {
  const distinct = new Set(expected.map(({ labels }) => showLabels(labels)))
  if (distinct.size !== got.length || expected.length !== got.length) return false
  const others = new Map(got.map(({ labels, value }) => [showLabels(labels), value]))
  return expected.every(({ labels, value }) => {
    const other = others.get(showLabels(labels))
    return other !== undefined && sameNumber(value, other, fuzzy)
  })
}

/** With `fuzzy` also numbers next to each other. */
function sameNumber(a: number, b: number, fuzzy: boolean): boolean {
  return a === b || Object.is(a, b) || (fuzzy && (next(a, 1) === b || next(a, -1) === b))
}

const float = new Float64Array(1)
const bits = new BigInt64Array(float.buffer)

/** Go's `math.Nextafter`, away from zero for 1 and towards it for -1. */
function next(value: number, by: 1 | -1): number {
  if (value === 0) return by * Number.MIN_VALUE
  if (!Number.isFinite(value)) return value
  float[0] = value
  bits[0] = (bits[0] ?? 0n) + BigInt(by)
  return float[0] ?? value
}

function alertLines({ labels, annotations }: FiringAlert): string[] {
  const { alertname: _, ...rest } = labels
  const texts = Object.entries(annotations).sort(byText)
  return [showLabels(rest), ...texts.map(([name, text]) => `  ${name}: ${JSON.stringify(text)}`)]
}

function sampleLines(samples: readonly Sample[]): string[] {
  return samples.map(({ labels, value }) => `${showLabels(labels)} ${showNumber(value)}`).sort()
}

function showLabels({ __name__ = '', ...labels }: Labels): string {
  const pairs = Object.entries(labels)
    .sort(byText)
    .map(([name, value]) => `${showName(name)}=${JSON.stringify(value)}`)
  return pairs.length === 0 && __name__ !== '' ? __name__ : `${__name__}{${pairs.join(', ')}}`
}

function showName(name: string): string {
  return /^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name)
}

function showNumber(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
}

function byText(a: unknown, b: unknown): number {
  const [one, other] = [String(a), String(b)]
  return one < other ? -1 : one > other ? 1 : 0
}

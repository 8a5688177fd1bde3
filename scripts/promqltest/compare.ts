import { type Labels, labelsKey } from '../../src/model/labels.ts'
import type { Value } from '../../src/promql/index.ts'
import { formatLabelName } from '../../src/promql/matcher.ts'
import type { NotedSeries } from '../../src/promql/series-notation.ts'
import type { Eval } from './script.ts'

/** Series by what they are compared by: labels, then value by time. */
type Points = readonly { readonly labels: Labels; readonly points: ReadonlyMap<number, number> }[]

export interface Difference {
  readonly expected: string
  readonly got: string
}

/** What Prometheus allows: relative to the sum of both. */
const EPSILON = 1e-6
const MIN_NORMAL = 2.2250738585072014e-308

function almostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  const sum = Math.abs(a) + Math.abs(b)
  const diff = Math.abs(a - b)
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return diff < EPSILON * MIN_NORMAL
  return diff / Math.min(sum, Number.MAX_VALUE) < EPSILON
}

/** What is wrong with the value of an instant query; undefined: nothing. */
export function compareInstant(command: Eval, value: Value): Difference | undefined {
  const { atMs = 0, window, text, scalar } = command
  if (text !== undefined) {
    const got = value.type === 'string' ? value.value : undefined
    return got === text ? undefined : { expected: JSON.stringify(text), got: JSON.stringify(value) }
  }
  if (scalar !== undefined) {
    const same = value.type === 'scalar' && almostEqual(value.value, scalar)
    return same ? undefined : { expected: String(scalar), got: JSON.stringify(value) }
  }
  if (value.type === 'string' || value.type === 'scalar') {
    return { expected: 'series', got: `${value.type} ${value.value}` }
  }
  if ((value.type === 'matrix') !== (window !== undefined)) {
    return { expected: window ? 'a range vector' : 'an instant vector', got: value.type }
  }
  const steps = window ?? { startMs: atMs, stepMs: 1 }
  const ordered = command.expectations.some(({ type }) => type === 'ordered')
  return comparePoints(expectedPoints(command.series, steps), gotPoints(value), ordered)
}

/** What is wrong with the value of a range query. */
export function compareRange(command: Eval, value: Value): Difference | undefined {
  const { series, scalar, range = { startMs: 0, endMs: 0, stepMs: 1 } } = command
  const noted = scalar === undefined ? series : [{ labels: {}, values: [scalar] }]
  return comparePoints(expectedPoints(noted, range), gotPoints(value), false)
}

function expectedPoints(
  series: readonly NotedSeries[],
  { startMs, stepMs }: { readonly startMs: number; readonly stepMs: number },
): Points {
  return series.map(({ labels, values }) => {
    const points = new Map<number, number>()
    for (const [i, value] of values.entries()) {
      if (value !== undefined)
        points.set(startMs + i * stepMs, value === 'stale' ? Number.NaN : value)
    }
    return { labels, points }
  })
}

function gotPoints(value: Value): Points {
  if (value.type === 'vector') {
    return value.samples.map(({ labels, value: number, atMs }) => ({
      labels,
      points: new Map([[atMs, number]]),
    }))
  }
  if (value.type !== 'matrix') return []
  return value.series.map(({ labels, times, values }) => ({
    labels,
    points: new Map(Array.from(times, (ms, i) => [ms, values[i] ?? Number.NaN])),
  }))
}

function comparePoints(expected: Points, got: Points, ordered: boolean): Difference | undefined {
  const byLabels = new Map(got.map((series) => [labelsKey(series.labels), series]))
  const same =
    byLabels.size === got.length &&
    got.length === expected.length &&
    expected.every(({ labels, points }, i) => {
      const other = ordered ? got[i] : byLabels.get(labelsKey(labels))
      if (!other || labelsKey(other.labels) !== labelsKey(labels)) return false
      return (
        other.points.size === points.size &&
        [...points].every(([ms, value]) => {
          const number = other.points.get(ms)
          return number !== undefined && almostEqual(number, value)
        })
      )
    })
  return same ? undefined : { expected: show(expected), got: show(got) }
}

function show(points: Points): string {
  if (points.length === 0) return 'nothing'
  const lines = points.map(({ labels, points: samples }) => {
    const pairs = Object.entries(labels).map(
      ([name, value]) => `${formatLabelName(name)}=${JSON.stringify(value)}`,
    )
    const values = [...samples].map(([ms, value]) => `${value}@${ms / 1000}s`)
    return `{${pairs.sort().join(', ')}} ${values.join(' ')}`
  })
  return lines.length === 1 ? (lines[0] ?? '') : `\n      ${lines.join('\n      ')}`
}

/** Our answer and Prometheus', brought to one form and compared. */
import { type Labels, labelsKey } from '../../src/model/labels.ts'
import { type Expr, PromqlError, type Value } from '../../src/promql/index.ts'
import type { Answer } from './prometheus.ts'

export interface Row {
  readonly labels: Labels
  readonly times: readonly number[]
  readonly values: readonly number[]
}

/** An answer, whoever gave it. */
export type Outcome =
  | { readonly kind: 'failed'; readonly parse: boolean; readonly message: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'rows'; readonly type: string; readonly rows: readonly Row[] }

export function ofError(error: unknown): Outcome {
  if (!(error instanceof PromqlError)) throw error
  return { kind: 'failed', parse: error.reason === 'parse', message: error.message }
}

export function ofValue(value: Value, atMs: number): Outcome {
  switch (value.type) {
    case 'string':
      return { kind: 'text', text: value.value }
    case 'scalar':
      return {
        kind: 'rows',
        type: 'scalar',
        rows: [{ labels: {}, times: [atMs], values: [value.value] }],
      }
    case 'vector': {
      const rows = value.samples.map(({ labels, value: number, atMs: ms }) => ({
        labels,
        times: [ms],
        values: [number],
      }))
      return { kind: 'rows', type: 'vector', rows }
    }
    case 'matrix': {
      const rows = value.series.map(({ labels, times, values }) => ({
        labels,
        times: Array.from(times),
        values: Array.from(values),
      }))
      return { kind: 'rows', type: 'matrix', rows }
    }
  }
}

type Pair = readonly [seconds: number, value: string]
interface Series {
  readonly metric: Labels
  readonly value?: Pair
  readonly values?: readonly Pair[]
}

export function ofAnswer({ status, errorType, error, data }: Answer): Outcome {
  if (status === 'error' || !data) {
    return { kind: 'failed', parse: errorType === 'bad_data', message: error ?? '' }
  }
  const { resultType, result } = data
  if (resultType === 'string') return { kind: 'text', text: (result as Pair)[1] }
  const series =
    resultType === 'scalar' ? [{ metric: {}, value: result as Pair }] : (result as Series[])
  const rows = series.map(({ metric, value, values }) => {
    const pairs = values ?? (value ? [value] : [])
    return {
      labels: metric,
      times: pairs.map(([seconds]) => Math.round(seconds * 1000)),
      values: pairs.map(([, text]) => numberOf(text)),
    }
  })
  return { kind: 'rows', type: resultType, rows }
}

function numberOf(text: string): number {
  return text.endsWith('Inf') ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text)
}

export function nameless({ __name__: _, ...labels }: Labels): Labels {
  return labels
}

const RELATIVE = 1e-9

export function isClose(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false
  return Math.abs(a - b) <= RELATIVE * Math.max(Math.abs(a), Math.abs(b))
}

/** Whether both are the same answer; numbers by `same`. */
export function isSame(
  ours: Outcome,
  theirs: Outcome,
  same: (a: number, b: number) => boolean = isClose,
): boolean {
  if (ours.kind === 'failed') return theirs.kind === 'failed' && ours.parse === theirs.parse
  if (ours.kind === 'text') return theirs.kind === 'text' && ours.text === theirs.text
  if (theirs.kind !== 'rows' || ours.type !== theirs.type) return false
  if (ours.rows.length !== theirs.rows.length) return false
  const byLabels = new Map(theirs.rows.map((row) => [labelsKey(row.labels), row]))
  return ours.rows.every((row) => {
    const other = byLabels.get(labelsKey(row.labels))
    return (
      other !== undefined &&
      row.times.length === other.times.length &&
      row.times.every((ms, i) => ms === other.times[i]) &&
      row.values.every((value, i) => same(value, other.values[i] ?? Number.NaN))
    )
  })
}

/** Whether an instant query gives its samples in an order of values. */
export function isRanked(expr: Expr): boolean {
  if (expr.kind === 'paren') return isRanked(expr.expr)
  return expr.kind === 'call' && (expr.func === 'sort' || expr.func === 'sort_desc')
}

export function isSameOrder(ours: Outcome, theirs: Outcome): boolean {
  if (ours.kind !== 'rows' || theirs.kind !== 'rows') return true
  return ours.rows.every(({ values }, i) => isClose(values[0] ?? 0, theirs.rows[i]?.values[0] ?? 0))
}

const SHOWN_ROWS = 4
const SHOWN_POINTS = 6

/** An outcome for people: of rows, those that `other` has not just so. */
export function show(outcome: Outcome, other: Outcome): string {
  if (outcome.kind === 'failed') return `${outcome.parse ? 'parse ' : ''}error: ${outcome.message}`
  if (outcome.kind === 'text') return JSON.stringify(outcome.text)
  const { rows, type } = outcome
  const others = other.kind === 'rows' ? other.rows : []
  const byLabels = new Map(others.map((row) => [labelsKey(row.labels), row]))
  const lines = rows
    .flatMap((row) => {
      const line = showRow(row, byLabels.get(labelsKey(row.labels)))
      return line === undefined ? [] : [`    ${line}`]
    })
    .sort()
    .slice(0, SHOWN_ROWS)
  return [`${type} of ${rows.length} rows`, ...lines].join('\n')
}

function showRow({ labels, times, values }: Row, other: Row | undefined): string | undefined {
  const points = values.flatMap((value, i) => {
    const ms = times[i] ?? 0
    const at = other?.times.indexOf(ms) ?? -1
    const same = at >= 0 && isClose(value, other?.values[at] ?? 0)
    return same ? [] : [`${value}@${ms / 1000}`]
  })
  if (points.length === 0) return undefined
  const more = points.length > SHOWN_POINTS ? ' …' : ''
  return `${JSON.stringify(labels)} ${points.slice(0, SHOWN_POINTS).join(' ')}${more}`
}

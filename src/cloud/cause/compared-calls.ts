/** Calls of the present beside those of the past hour, read from the series. */
import { type Labels, labelsKey } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import { add, type Calls, type Compared, NO_CALLS } from './calls.ts'
import type { CauseQuery, Sample } from './ports.ts'
import { LATELY_MINUTES, usualOf } from './usual.ts'

export interface ComparedCalls extends Compared {
  readonly labels: Labels
}

export interface Comparison {
  /** In a selector, behind `span`, e.g. `side="client",`; '' for all. */
  readonly matchers: string
  readonly by: readonly string[]
  readonly at: UnixMs
  /** When the trouble was first seen: the baseline ends before that. */
  readonly since: UnixMs
}

/** How far back the present reaches for each report interval. */
const PRESENT = { '10s': 1, '1m': 2, '5m': 5 } as const
const BASELINE_MINUTES = 60
/** The baseline ends so long before the trouble was seen: rules look back a few minutes. */
const LEAD_MS = 300_000
/** Baselines move in steps, so that they can be kept. */
const STEP_MS = 300_000

const METRICS = ['tars_calls', 'tars_timeouts', 'tars_exceptions', 'tars_duration_ms_sum'] as const

type Span = keyof typeof PRESENT
type Metric = (typeof METRICS)[number]

/** Where the hour of the baseline ends. */
export function baselineEnd(since: UnixMs): UnixMs {
  return Math.floor((since - LEAD_MS) / STEP_MS) * STEP_MS
}

/** All in calls a minute; by `labels`, with the report intervals added up. */
export async function compareCalls(
  query: CauseQuery,
  comparison: Comparison,
): Promise<ComparedCalls[]> {
  const [now, before] = await Promise.all([
    present(query, comparison),
    average(query, comparison, BASELINE_MINUTES),
  ])
  const keys = new Map([...now, ...before].map(([key, { labels }]) => [key, labels]))
  return [...keys].map(([key, labels]) => ({
    labels,
    now: now.get(key)?.calls ?? NO_CALLS,
    before: before.get(key)?.calls ?? NO_CALLS,
  }))
}

/** By `labelsKey` of the labels without `span`. */
export type CallsByLabels = ReadonlyMap<string, { readonly labels: Labels; readonly calls: Calls }>

export function present(query: CauseQuery, comparison: Comparison): Promise<CallsByLabels> {
  return read(query, comparison, comparison.at, (span) => PRESENT[span], PRESENT)
}

/** Of the hour before; without trouble that was over ten minutes before it ended. */
export async function baseline(query: CauseQuery, comparison: Comparison): Promise<CallsByLabels> {
  const [hour, lately] = await Promise.all([
    average(query, comparison, BASELINE_MINUTES),
    average(query, comparison, LATELY_MINUTES),
  ])
  return new Map(
    [...hour].map(([key, { labels, calls }]) => {
      return [key, { labels, calls: usualOf(calls, lately.get(key)?.calls) }]
    }),
  )
}

async function average(
  query: CauseQuery,
  { matchers, by, since }: Comparison,
  minutes: number,
): Promise<CallsByLabels> {
  const at = baselineEnd(since)
  // An environment may be younger than the baseline: then there are fewer reports in it.
  const counts = await query.instant(
    `max by (span) (count_over_time(tars_calls{${matchers}}[${minutes}m]))`,
    at,
  )
  const minutesOf = (span: Span) => {
    const count = counts.find(({ labels }) => labels.span === span)?.value ?? 0
    const known = { '10s': count / 6, '1m': count, '5m': count * 5 }[span]
    return Math.min(minutes, Math.max(1, known))
  }
  const windows = { '10s': minutes, '1m': minutes, '5m': minutes }
  return read(query, { matchers, by, at, since }, at, minutesOf, windows)
}

async function read(
  query: CauseQuery,
  { matchers, by }: Comparison,
  at: UnixMs,
  minutesOf: (span: Span) => number,
  windows: Readonly<Record<Span, number>>,
): Promise<CallsByLabels> {
  const found = new Map<string, { labels: Labels; calls: Calls }>()
  const answers = await Promise.all(
    METRICS.map((metric) => query.instant(sumOf(metric, matchers, by, windows), at)),
  )
  for (const [n, samples] of answers.entries()) {
    for (const sample of samples) {
      const { span, ...labels } = sample.labels
      const minutes = isSpan(span) ? minutesOf(span) : 1
      const key = labelsKey(labels)
      const before = found.get(key)?.calls ?? NO_CALLS
      found.set(key, { labels, calls: add(before, callsOf(METRICS[n], sample, minutes)) })
    }
  }
  return found
}

function sumOf(
  metric: Metric,
  matchers: string,
  by: readonly string[],
  windows: Readonly<Record<Span, number>>,
): string {
  return Object.entries(windows)
    .map(
      ([span, minutes]) =>
        `sum by (${[...by, 'span'].join(', ')}) (sum_over_time(${metric}{span="${span}",${matchers}}[${minutes}m]))`,
    )
    .join(' or ')
}

function callsOf(metric: Metric | undefined, { value }: Sample, minutes: number): Calls {
  const perMinute = Number.isFinite(value) ? value / minutes : 0
  if (metric === 'tars_calls') return { ...NO_CALLS, calls: perMinute }
  if (metric === 'tars_timeouts') return { ...NO_CALLS, timeouts: perMinute }
  if (metric === 'tars_exceptions') return { ...NO_CALLS, exceptions: perMinute }
  return { ...NO_CALLS, durationMs: perMinute }
}

function isSpan(span: string | undefined): span is Span {
  return span !== undefined && Object.hasOwn(PRESENT, span)
}

/** The quantities of pictures as PromQL, one series each: a minute, of all report intervals together. Pure. */
import type { Labels } from '../../model/labels.ts'
import { formatMatcher } from '../../promql/index.ts'

/** By report interval: so many minutes surely hold as many reports of each reporter. */
const MINUTES = { '10s': 1, '1m': 2, '5m': 5 } as const
/** Of calls; what an alert says of others is no label of theirs. */
const CALL_LABELS = ['callee', 'interface', 'callee_ip', 'caller', 'set']
const EVENT_LABELS = ['module', 'node', 'level', 'kind', 'title']

type Side = 'client' | 'server'

export function callsOf(labels: Labels): string {
  return ofEitherSide((side) => total('tars_calls', labels, side))
}

/** As the callee itself tells. */
export function servedBy(labels: Labels): string {
  return total('tars_calls', labels, 'server')
}

export function failuresOf(labels: Labels): string {
  return ofEitherSide((side) => failed(labels, side))
}

/** The mean of the calls that did not fail, ms. */
export function durationOf(labels: Labels): string {
  return ofEitherSide((side) => {
    const succeeded = `(${total('tars_calls', labels, side)} - (${failed(labels, side)})) > 0`
    return `${total('tars_duration_ms_sum', labels, side)} / (${succeeded})`
  })
}

/** Of properties that mean the same the highest mean; `labels` name the module. Some are told in µs. */
export function propertyOf(
  { module = '' }: Labels,
  properties: readonly { readonly name: string; readonly divisor: number }[],
): string {
  const parts = properties.map(({ name, divisor }) => {
    const matchers = [
      formatMatcher({ name: 'module', op: '=', value: module }),
      formatMatcher({ name: 'property', op: '=~', value: name }),
    ].join(',')
    return `avg_over_time(tars_property{policy="Avg",${matchers}}[2m]) / ${divisor}`
  })
  return `max(${parts.join(' or ')})`
}

export function eventsOf(labels: Labels): string {
  return `sum(sum_over_time(tars_notify_events{${matchersOf(labels, EVENT_LABELS)}}[1m]))`
}

export function baselineOf(of: string, by: string, labels: Labels, stat = 'median|mad'): string {
  const matchers = matchersOf(labels, ['callee', 'interface'])
  return `tars_baseline{of="${of}",by="${by}",stat=~"${stat}",${matchers}}`
}

/** That people set; of a whole server where the alert is about no interface. */
export function thresholdOf(rule: string, { callee = '', interface: name = '' }: Labels): string {
  const matchers = Object.entries({ rule, callee, interface: name })
    .map(([label, value]) => formatMatcher({ name: label, op: '=', value }))
    .join(',')
  return `tars_threshold{${matchers}}`
}

/** So many times what is usual, as people set it or else `otherwise`; nothing where that is not known yet. */
export function timesUsual(set: string, otherwise: number, usual: string): string {
  const on = 'on (callee, interface)'
  return `(${set} or ${on} 0 * ${usual} + ${otherwise}) * ${on} ${usual}`
}

/** A call is told by its client, or by its server where no client tells of it. */
function ofEitherSide(expression: (side: Side) => string): string {
  return `(${expression('client')}) or (${expression('server')})`
}

function failed(labels: Labels, side: Side): string {
  return `${total('tars_timeouts', labels, side)} + ${total('tars_exceptions', labels, side)}`
}

function total(metric: string, labels: Labels, side: Side): string {
  const matchers = `side="${side}",${matchersOf(labels, CALL_LABELS)}`
  const parts = Object.entries(MINUTES).map(
    ([span, minutes]) =>
      `sum_over_time(${metric}{span="${span}",${matchers}}[${minutes}m]) / ${minutes}`,
  )
  return `sum(${parts.join(' or ')})`
}

function matchersOf(labels: Labels, names: readonly string[]): string {
  return names
    .flatMap((name) => {
      const value = labels[name]
      return value ? [formatMatcher({ name, op: '=', value })] : []
    })
    .join(',')
}

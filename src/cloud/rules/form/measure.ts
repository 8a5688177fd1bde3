/** What a form measures, as PromQL: with the variables of rule files (`$span` …). Pure. */
import { type CallMetric, type FormRule, isOfCalls } from './form-rule.ts'
import { filterMatchers } from './matchers.ts'

/** A stretch of time that is looked at. */
export interface Stretch {
  /** `$window`, `10m`. */
  readonly range: string
  /** The same as a number. */
  readonly minutes: string
  /** How long before now it ends. */
  readonly offset?: string
}

/** A call is counted once: by its client, by its server where it has no client. */
export type Side = 'client' | 'server'

const LABELS = { interface: ['interface'], set: ['set'], caller: ['caller'], server: [] } as const
const LEVEL_OF_POLICY = { Sum: 'sum', Count: 'sum', Avg: 'avg', Max: 'max', Min: 'min' } as const

export function labelsOf({ metric, level }: FormRule): readonly string[] {
  if (isOfCalls(metric.of)) {
    return ['callee', ...(level === 'node' ? ['callee_ip'] : LABELS[level])]
  }
  if (metric.of === 'events') return level === 'node' ? ['module', 'node'] : ['module']
  return ['module', 'property', ...(level === 'node' ? ['ip'] : LABELS[level])]
}

export function measured(form: FormRule, stretch: Stretch, side: Side): string {
  const { metric } = form
  const by = `by (${labelsOf(form).join(', ')})`
  if (metric.of === 'events') return `sum ${by} (${over('sum', eventSelector(form), stretch)})`
  if (metric.of === 'property') {
    const how = LEVEL_OF_POLICY[metric.policy]
    const value = `${how} ${by} (${over(how, selector('tars_property', form), stretch)})`
    return how === 'sum' ? `${value} / ${stretch.minutes}` : value
  }
  return valueOfCalls(metric.of, form, stretch, side)
}

/** A minute. */
export function callsOf(form: FormRule, stretch: Stretch, side: Side): string {
  return valueOfCalls('calls', form, stretch, side)
}

function valueOfCalls(of: CallMetric, form: FormRule, stretch: Stretch, side: Side): string {
  const labels = labelsOf(form).join(', ')
  const sum = (metric: string, more = '') => {
    return over('sum', selector(metric, form, `side="${side}"${more}`), stretch)
  }
  const total = (inner: string, by = labels) => `sum by (${by}) (${inner})`
  const failures = total(`${sum('tars_timeouts')} + ${sum('tars_exceptions')}`)
  const timed = total(sum('tars_duration_ms_bucket', ', le="+Inf"'))
  const quantile = (q: number) => {
    return `histogram_quantile(${q}, ${total(sum('tars_duration_ms_bucket'), `${labels}, le`)})`
  }
  const values: Readonly<Record<CallMetric, () => string>> = {
    calls: () => `${total(sum('tars_calls'))} / ${stretch.minutes}`,
    failures: () => `${failures} / ${stretch.minutes}`,
    failure_ratio: () => `${failures} / ${total(sum('tars_calls'))}`,
    timeouts: () => `${total(sum('tars_timeouts'))} / ${stretch.minutes}`,
    mean_duration: () => `${total(sum('tars_duration_ms_sum'))} / ${timed}`,
    p95: () => quantile(0.95),
    p99: () => quantile(0.99),
  }
  return values[of]()
}

/** All that is heard, of whichever side. */
export function heard(form: FormRule, range: string, span: string): string {
  const { of } = form.metric
  const ours = of === 'property' ? 'tars_property' : 'tars_calls'
  const what = of === 'events' ? eventSelector(form) : braced(ours, [filterMatchers(form), span])
  return `sum by (${labelsOf(form).join(', ')}) (sum_over_time(${what}[${range}]))`
}

function eventSelector(form: FormRule): string {
  return braced('tars_notify_events', [filterMatchers(form)])
}

function selector(metric: string, form: FormRule, more = ''): string {
  return braced(metric, [filterMatchers(form), more, 'span="$span"'])
}

export function braced(metric: string, matchers: readonly string[]): string {
  const some = matchers.filter((one) => one !== '')
  return some.length === 0 ? metric : `${metric}{${some.join(', ')}}`
}

function over(how: string, selector: string, { range, offset }: Stretch): string {
  return `${how}_over_time(${selector}[${range}]${offset === undefined ? '' : ` offset ${offset}`})`
}

/** What a picture of an alarm asks of the series. Pure. */
import type { Labels } from '../../model/labels.ts'
import { type Expr, formatMatcher } from '../../promql/index.ts'
import type { Alert } from '../alerts/alert.ts'
import { symptomOf } from '../cause/symptom.ts'
import * as expressions from './expressions.ts'
import type { Measure, Unit } from './picture.ts'
import { ruleValue } from './rule-value.ts'

export interface Question {
  readonly measure: Measure
  readonly unit: Unit
  readonly now: string
  /** Only the series with no other labels than these counts; absent: there is but one. */
  readonly only?: Labels
  /** A second line: the calls that failures are part of, or all notifies, those of the alarm included. */
  readonly calls?: string
  /** Beside so much more calls the failures would be a line along the ground: then there is but one line. */
  readonly leastShare?: number
  readonly allEvents?: string
  readonly baseline?: string
  /** What `query` finds, else `otherwise`. */
  readonly threshold?: { readonly query?: string; readonly otherwise?: number }
  readonly hasReference: boolean
}

const LEAST_SHARE = 0.1

export type Drawn = Pick<Alert, 'rule' | 'labels' | 'annotations'>

const UNITS: Readonly<Record<string, Unit>> = { ratio: 'ratio', ms: 'ms', calls: 'perMinute' }

interface PropertyRule {
  readonly measure: Measure
  readonly unit: Unit
  readonly properties: Parameters<typeof expressions.propertyOf>[1]
}

/** Our own rules on properties: what their servers tell of them. */
const PROPERTY_RULES: Readonly<Record<string, PropertyRule>> = {
  RequestQueueBlocked: {
    ...{ measure: 'queue', unit: 'none' },
    properties: [{ name: '.+\\.queue', divisor: 1 }],
  },
  AsyncQueueBlocked: {
    ...{ measure: 'queue', unit: 'none' },
    properties: [{ name: 'asyncqueue', divisor: 1 }],
  },
  HandlingDelay: {
    ...{ measure: 'wait', unit: 'ms' },
    properties: [
      { name: 'req\\.queue\\.waitingtime|.+\\.eventLoop', divisor: 1 },
      { name: '.+\\.(queueWaitTime|servantHandleTime)', divisor: 1000 },
    ],
  },
}

/** `expr`: of its rule, where that is known. Undefined: nothing can be drawn of it. */
export function whatToDraw(alert: Drawn, expr: Expr | undefined): Question | undefined {
  const property = Object.hasOwn(PROPERTY_RULES, alert.rule) && PROPERTY_RULES[alert.rule]
  if (property && alert.labels.module) return ofProperty(property, alert.labels)
  return ofSymptom(alert) ?? (expr && ofRule(alert, expr))
}

function ofSymptom(alert: Drawn): Question | undefined {
  const { labels } = alert
  const symptom = symptomOf(alert.rule, labels)
  if (symptom === 'events' && labels.module) return ofEvents(labels)
  if (!labels.callee) return undefined
  switch (symptom) {
    case 'down':
      // That its calls end is what happened.
      return labels.callee_ip ? ofNode(labels) : ofFailures(alert)
    case 'failures':
      return { ...ofFailures(alert), leastShare: LEAST_SHARE }
    case 'latency':
      return ofCalls(alert, 'duration', 'ms', expressions.durationOf(labels))
    case 'traffic':
    case 'silent':
      return ofCalls(alert, 'calls', 'perMinute', expressions.callsOf(labels))
    default:
      return undefined
  }
}

function ofFailures(alert: Drawn): Question {
  const { labels } = alert
  const calls = expressions.callsOf(labels)
  return { ...ofCalls(alert, 'failures', 'perMinute', expressions.failuresOf(labels)), calls }
}

function ofCalls(
  alert: Drawn,
  measure: 'calls' | 'failures' | 'duration',
  unit: Unit,
  now: string,
): Question {
  const { labels, rule } = alert
  const by = rule.endsWith('DayOverDay') ? 'day' : 'recent'
  // Baselines are of callee and interface, and do not add up.
  const isOfBaseline = labels.interface && !labels.callee_ip && !labels.caller && !labels.set
  const baseline = isOfBaseline ? expressions.baselineOf(measure, by, labels) : undefined
  const median = isOfBaseline ? expressions.baselineOf(measure, by, labels, 'median') : undefined
  const threshold = limitOf(alert, unit, median)
  return {
    ...{ measure, unit, now, hasReference: true },
    ...(baseline && { baseline }),
    ...(threshold && { threshold }),
  }
}

/** Of a rule that says what its threshold is, where that is of what is drawn, or so many times what is usual. */
function limitOf(alert: Drawn, unit: Unit, median: string | undefined): Question['threshold'] {
  const threshold = thresholdOf(alert)
  if (!threshold || unitOf(alert) === unit) return threshold
  const isTimes = alert.annotations.threshold_unit === 'times'
  if (!isTimes || !median) return undefined
  return { query: expressions.timesUsual(threshold.query, threshold.otherwise, median) }
}

function ofNode(labels: Labels): Question {
  return {
    ...{ measure: 'calls', unit: 'perMinute', hasReference: true },
    now: expressions.servedBy(labels),
  }
}

function ofEvents(labels: Labels): Question {
  const module = formatMatcher({ name: 'module', op: '=', value: labels.module ?? '' })
  return {
    ...{ measure: 'events', unit: 'perMinute', hasReference: false },
    now: expressions.eventsOf(labels),
    allEvents: `sum(sum_over_time(tars_notify_events{level=~"error|alarm",${module}}[1m]))`,
  }
}

function ofProperty({ measure, unit, properties }: PropertyRule, labels: Labels): Question {
  return { measure, unit, now: expressions.propertyOf(labels, properties), hasReference: true }
}

function ofRule(alert: Drawn, expr: Expr): Question {
  const { query, threshold } = ruleValue(expr)
  const set = thresholdOf(alert) ?? (threshold !== undefined && { otherwise: threshold })
  return {
    ...{ measure: 'value', unit: unitOf(alert), now: query, only: alert.labels },
    ...{ hasReference: true, ...(set && { threshold: set }) },
  }
}

/** Of a rule that says what its default is. */
function thresholdOf({ rule, labels, annotations }: Drawn) {
  const otherwise = Number.parseFloat(annotations.threshold ?? '')
  if (Number.isNaN(otherwise)) return undefined
  return { query: expressions.thresholdOf(rule, labels), otherwise }
}

function unitOf({ annotations }: Drawn): Unit {
  return UNITS[annotations.threshold_unit ?? ''] ?? 'none'
}

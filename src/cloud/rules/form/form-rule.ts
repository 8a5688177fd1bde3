/** A rule as a form: for people who know no PromQL. */
import { z } from 'zod'

const CALL_METRICS = [
  'calls',
  'failures',
  'failure_ratio',
  'timeouts',
  'mean_duration',
  'p95',
  'p99',
] as const
export type CallMetric = (typeof CALL_METRICS)[number]

/** Of these there are baselines. */
const LEARNED: readonly string[] = ['calls', 'failures', 'mean_duration']

/** Visible text of one line. */
export function line(max: number) {
  const expected = `1 to ${max} characters on one line`
  return z.string(expected).trim().min(1, expected).max(max, expected).regex(VISIBLE, expected)
}
const VISIBLE = /^[^\p{Cc}\p{Cs}]*$/u

export function whole(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`
  return z.int(expected).min(min, expected).max(max, expected)
}

/** Text of several lines. */
export function lines(max: number) {
  const expected = `at most ${max} characters`
  return z
    .string('text')
    .trim()
    .max(max, expected)
    .regex(/^[^\p{Cs}\0]*$/u, 'text')
}

const text = lines(500).default('')
const words = z.array(line(100)).max(10, 'at most 10 of them').default([])

const metric = z.discriminatedUnion('of', [
  z.strictObject({ of: z.enum(CALL_METRICS) }),
  z.strictObject({
    of: z.literal('property'),
    /** `*` stands for anything. */
    property: line(200),
    policy: z.enum(['Sum', 'Avg', 'Max', 'Min', 'Count']),
  }),
  /** Notifies and custom events: their masked texts have all of, any of and none of these words. */
  z.strictObject({ of: z.literal('events'), all: words, any: words, none: words }),
])

/** Any of these; `*` stands for anything. Empty: all. */
const patterns = z.array(line(200)).max(20, 'at most 20 of them').default([])

const filter = z.strictObject({
  app: patterns,
  /** `Server` of any app, or `App.Server`. */
  server: patterns,
  interface: patterns,
  node: patterns,
  set: patterns,
  caller: patterns,
  returnCode: patterns,
})

const op = z.enum(['>', '<'])
const factor = z.number('a number').positive('more than 0').max(1e6, 'at most 1,000,000')

/** Values: calls a minute, percent (`failure_ratio`), ms (durations), events in the window, a property's own unit. */
const comparison = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('threshold'), op, value: z.number('a number') }),
  /** So many times as much as in the minutes before, or as at the same time of that day. */
  z.strictObject({ kind: z.literal('previous'), op, factor, minutes: whole(5, 1440) }),
  z.strictObject({ kind: z.literal('yesterday'), op, factor }),
  z.strictObject({ kind: z.literal('last_week'), op, factor }),
  /** So many times as much as `tars_baseline`, and outside of its spread. */
  z.strictObject({ kind: z.literal('profile'), op, factor, by: z.enum(['recent', 'day', 'week']) }),
  /** A threshold that is passed in `times` of the last `minutes`. */
  z.strictObject({
    kind: z.literal('repeated'),
    ...{ op, value: z.number('a number'), times: whole(1, 60), minutes: whole(2, 60) },
  }),
  /** Heard of lately, but not in the last `minutes`. */
  z.strictObject({ kind: z.literal('no_data'), minutes: whole(3, 60) }),
])

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 09:30')
const active = z.strictObject({
  /** 1: Monday … 7: Sunday, the day on which the time begins. */
  weekdays: z.array(whole(1, 7)).min(1, 'a weekday at least').max(7),
  from: clockTime,
  /** Not later than `from`: on the day after. */
  to: clockTime,
  zone: z.string().max(64).refine(isSteadyZone, 'a time zone that never changes its clocks'),
})

export const LEVELS = ['server', 'interface', 'node', 'set', 'caller'] as const

/** As it is kept: also what was saved before something became a contradiction. */
export const keptFormRule = z.strictObject({
  name: line(64),
  metric,
  filter: filter.prefault({}),
  level: z.enum(LEVELS).default('server'),
  /** Absent: as long as the reporters' interval asks for; of events one minute. */
  windowMinutes: whole(1, 60).optional(),
  comparison,
  /** Calls a minute; with fewer it says nothing. 0: any. */
  minCalls: z
    .number('a number')
    .min(0, 'not less than 0')
    .max(1e9, 'at most 1,000,000,000')
    .default(0),
  severity: z.enum(['ERROR', 'WARN', 'INFO']).default('WARN'),
  forMinutes: whole(0, 1440).default(0),
  keepFiringMinutes: whole(0, 1440).default(5),
  /** Absent: always. */
  active: active.optional(),
  days: z.enum(['always', 'workdays', 'not_holidays']).default('always'),
  /** What to do, in Chinese and English. */
  advice: text,
  adviceEn: text,
})

export type FormRule = z.output<typeof keptFormRule>

export const formRule = keptFormRule.superRefine((form, context) => {
  for (const [path, message] of contradictions(form)) {
    context.addIssue({ code: 'custom', path: path.split('.'), message })
  }
})

export function isOfCalls(of: string): of is CallMetric {
  return CALL_METRICS.some((one) => one === of)
}

function* contradictions(form: FormRule): Generator<[path: string, message: string]> {
  const { metric, filter, level, comparison, windowMinutes } = form
  const { of } = metric
  const ofCalls = isOfCalls(of)
  const known = ofCalls
    ? LEVELS
    : of === 'property'
      ? ['server', 'node', 'set']
      : ['server', 'node']
  if (!known.some((one) => one === level)) yield ['level', `one of ${known.join(', ')}`]
  for (const name of ['interface', 'caller', 'returnCode', 'set'] as const) {
    const has = ofCalls || (name === 'set' && of === 'property')
    if (!has && filter[name].length > 0) yield [`filter.${name}`, 'nothing: this metric has none']
  }
  if (!ofCalls && form.minCalls > 0) yield ['minCalls', '0: it is not of calls']
  if (of !== 'events' && windowMinutes !== undefined && windowMinutes % 5 !== 0) {
    yield ['windowMinutes', 'a multiple of 5, as what is polled comes']
  }
  if (comparison.kind === 'repeated') {
    if (comparison.times > comparison.minutes)
      yield ['comparison.times', 'no more than the minutes']
    if (windowMinutes !== undefined) yield ['windowMinutes', 'nothing: each minute is looked at']
  }
  if (of === 'failure_ratio' && 'value' in comparison && !isRatio(comparison.value)) {
    yield ['comparison.value', RATIO]
  }
  if (comparison.kind === 'previous' && comparison.minutes % 5 !== 0) {
    yield ['comparison.minutes', 'a multiple of 5']
  }
  if (comparison.kind === 'profile') yield* unlearned(form)
}

/** None is above 100 %: with more it would be off, with less on for ever. */
function isRatio(percent: number): boolean {
  return percent > 0 && percent <= 100
}
/** What is expected of one. */
export const RATIO = 'more than 0 and at most 100 %; an alarm that nobody wants is muted'

/** Baselines are of interfaces of callees. */
function* unlearned({ metric, filter, level }: FormRule): Generator<[string, string]> {
  if (!LEARNED.includes(metric.of)) yield ['metric', `one of ${LEARNED.join(', ')}`]
  if (level !== 'interface') yield ['level', 'interface']
  for (const name of ['node', 'set', 'caller', 'returnCode'] as const) {
    if (filter[name].length > 0)
      yield [`filter.${name}`, 'nothing: profiles are of whole interfaces']
  }
}

/** PromQL knows no zones, so one whose clocks are changed cannot be followed. */
function isSteadyZone(zone: string): boolean {
  try {
    return /^[A-Za-z]/.test(zone) && offsetMs(zone, WINTER) === offsetMs(zone, SUMMER)
  } catch {
    return false
  }
}
const WINTER = Date.UTC(2026, 0, 1)
const SUMMER = Date.UTC(2026, 6, 1)

/** Of a zone whose clocks are never changed. */
export function zoneOffsetMs(zone: string): number {
  return offsetMs(zone, WINTER)
}

function offsetMs(zone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d+):(\d+)/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** A rule as a form: texts as they are typed. */
import type { Json, RuleBody } from './rules.ts'

export const CALL_METRICS = [
  'calls',
  'failures',
  'failure_ratio',
  'timeouts',
  'mean_duration',
  'p95',
  'p99',
]
export const METRICS = [...CALL_METRICS, 'property', 'events']
export const POLICIES = ['Sum', 'Avg', 'Max', 'Min', 'Count']
export const LEVELS = ['server', 'interface', 'node', 'set', 'caller']
export const COMPARISONS = [
  'threshold',
  'previous',
  'yesterday',
  'last_week',
  'profile',
  'repeated',
  'no_data',
]
export const PROFILES = ['recent', 'day', 'week']
export const SEVERITIES = ['ERROR', 'WARN', 'INFO']
export const DAYS = ['always', 'workdays', 'not_holidays']
export const FILTERS = [
  'app',
  'server',
  'interface',
  'node',
  'set',
  'caller',
  'returnCode',
] as const

/** For what there can be one alarm each. */
export function levelsOf(metric: string): readonly string[] {
  if (CALL_METRICS.includes(metric)) return LEVELS
  return metric === 'property' ? ['server', 'node', 'set'] : ['server', 'node']
}

/** What can be left out of a metric. */
export function filtersOf(metric: string): readonly (typeof FILTERS)[number][] {
  if (CALL_METRICS.includes(metric)) return FILTERS
  return FILTERS.filter((name) => {
    return ['app', 'server', 'node'].includes(name) || (name === 'set' && metric === 'property')
  })
}

type Shown = Pick<FormFields, 'of' | 'kind'>

/** Whether calls can be too few to be judged. */
export function hasVolume({ of }: Shown): boolean {
  return CALL_METRICS.includes(of)
}

/** Whether it looks at a time of its own: of events within which, else over which. */
export function hasWindow({ kind }: Shown): boolean {
  return kind !== 'repeated' && kind !== 'no_data'
}

export interface PromqlFields {
  name: string
  expr: string
  severity: string
  forMinutes: string
  keepFiringMinutes: string
  description: string
  descriptionEn: string
}

/** Lists are separated by commas. */
export interface FormFields extends Omit<PromqlFields, 'expr' | 'description' | 'descriptionEn'> {
  of: string
  property: string
  policy: string
  all: string
  any: string
  none: string
  filter: Record<(typeof FILTERS)[number], string>
  level: string
  windowMinutes: string
  kind: string
  op: string
  value: string
  factor: string
  minutes: string
  times: string
  by: string
  minCalls: string
  /** Empty: always. */
  weekdays: number[]
  from: string
  to: string
  zone: string
  days: string
  advice: string
  adviceEn: string
}

export function newPromql(rule: Json = {}): PromqlFields {
  const text = textsOf(rule)
  return {
    name: text('name'),
    expr: text('expr'),
    severity: text('severity', 'WARN'),
    forMinutes: text('forMinutes', '0'),
    keepFiringMinutes: text('keepFiringMinutes', '5'),
    description: text('description'),
    descriptionEn: text('descriptionEn'),
  }
}

export function newForm(form: Json = {}): FormFields {
  const { expr: _, description: _zh, descriptionEn: _en, ...shared } = newPromql(form)
  const own = textsOf(form)
  const metric = textsOf(form.metric)
  const words = listsOf(form.metric)
  const filter = listsOf(form.filter)
  const comparison = textsOf(form.comparison)
  const active = Object(form.active) as Json
  const text = textsOf(active)
  return {
    ...shared,
    of: metric('of', 'failure_ratio'),
    property: metric('property'),
    policy: metric('policy', 'Max'),
    ...{ all: words('all'), any: words('any'), none: words('none') },
    filter: {
      ...{ app: filter('app'), server: filter('server'), interface: filter('interface') },
      ...{ node: filter('node'), set: filter('set'), caller: filter('caller') },
      returnCode: filter('returnCode'),
    },
    level: own('level', 'server'),
    windowMinutes: own('windowMinutes'),
    kind: comparison('kind', 'threshold'),
    op: comparison('op', '>'),
    value: comparison('value'),
    factor: comparison('factor', FACTORS[comparison('op', '>')]),
    minutes: comparison('minutes', '30'),
    times: comparison('times', '3'),
    by: comparison('by', 'recent'),
    minCalls: own('minCalls', '0'),
    weekdays: Array.isArray(active.weekdays) ? active.weekdays : [],
    ...{
      from: text('from', '09:00'),
      to: text('to', '18:00'),
      zone: text('zone', 'Asia/Shanghai'),
    },
    days: own('days', 'always'),
    ...{ advice: own('advice'), adviceEn: own('adviceEn') },
  }
}

/** A fall to the double is none. */
const FACTORS: Readonly<Record<string, string>> = { '>': '2', '<': '0.5' }

/** The other direction; a factor that nobody typed goes with it. */
export function turned(
  { op, factor }: Pick<FormFields, 'op' | 'factor'>,
  to: string,
): Pick<FormFields, 'op' | 'factor'> {
  return { op: to, factor: factor === FACTORS[op] ? (FACTORS[to] ?? factor) : factor }
}

/** What its fields do not show is not sent: nobody could mend it. */
export function formBody(fields: FormFields, enabled: boolean): RuleBody {
  const { name, level, severity, weekdays, from, to, zone, days, advice, adviceEn } = fields
  const filter = filtersOf(fields.of).map((key) => [key, wordsOf(fields.filter[key])])
  const windowMinutes = hasWindow(fields) ? fields.windowMinutes.trim() : ''
  const form = {
    ...{ name, level, severity, days, advice, adviceEn },
    metric: metricOf(fields),
    filter: Object.fromEntries(filter),
    ...(windowMinutes !== '' && { windowMinutes: numberOf(windowMinutes) }),
    comparison: comparisonOf(fields),
    ...(hasVolume(fields) && { minCalls: numberOf(fields.minCalls) }),
    forMinutes: numberOf(fields.forMinutes),
    keepFiringMinutes: numberOf(fields.keepFiringMinutes),
    ...(weekdays.length > 0 && { active: { weekdays: weekdays.toSorted(), from, to, zone } }),
  }
  return { kind: 'form', enabled, form }
}

export function promqlBody(fields: PromqlFields, enabled: boolean): RuleBody {
  const forMinutes = numberOf(fields.forMinutes)
  const keepFiringMinutes = numberOf(fields.keepFiringMinutes)
  return { kind: 'promql', enabled, rule: { ...fields, forMinutes, keepFiringMinutes } }
}

function metricOf({ of, property, policy, all, any, none }: FormFields): Json {
  if (of === 'property') return { of, property, policy }
  if (of !== 'events') return { of }
  return { of, all: wordsOf(all), any: wordsOf(any), none: wordsOf(none) }
}

function comparisonOf({ kind, op, by, ...texts }: FormFields): Json {
  const [value, factor, minutes, times] = [
    ...[texts.value, texts.factor, texts.minutes, texts.times],
  ].map(numberOf)
  if (kind === 'threshold') return { kind, op, value }
  if (kind === 'repeated') return { kind, op, value, times, minutes }
  if (kind === 'no_data') return { kind, minutes }
  if (kind === 'previous') return { kind, op, factor, minutes }
  return kind === 'profile' ? { kind, op, factor, by } : { kind, op, factor }
}

/** What is no number the cloud refuses where it was typed. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

function wordsOf(text: string): string[] {
  return text
    .split(/[,，]/)
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

function textsOf(json: unknown): (name: string, otherwise?: string) => string {
  const known = Object(json) as Json
  return (name, otherwise = '') => String(known[name] ?? otherwise)
}

function listsOf(json: unknown): (name: string) => string {
  const known = Object(json) as Json
  return (name) => {
    const list = known[name]
    return Array.isArray(list) ? list.join(', ') : ''
  }
}

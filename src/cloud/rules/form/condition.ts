/** When a form's rule finds something, as PromQL. Pure. */
import { type FormRule, isOfCalls, zoneOffsetMs } from './form-rule.ts'
import { serviceMatchers } from './matchers.ts'
import { braced, callsOf, heard, labelsOf, measured, type Side, type Stretch } from './measure.ts'

const DAY_S = 86_400
/** Of a normal distribution the standard deviation is so many median deviations; three of them are outside. */
const OUTSIDE = 3 * 1.4826
const BASELINE_OF = { calls: 'calls', failures: 'failures', mean_duration: 'duration' } as const

export function expressionOf(form: FormRule): string {
  return whileActive(form, conditionOf(form))
}

/** Only when the form is active. */
export function whileActive(form: FormRule, condition: string): string {
  const gates = [...activeTime(form), ...ofDays(form)]
  return gates.length === 0 ? condition : [`(${condition})`, ...gates].join('\n')
}

function conditionOf(form: FormRule): string {
  if (form.comparison.kind === 'no_data') return silence(form, form.comparison.minutes)
  if (!isOfCalls(form.metric.of)) return comparisonOf(form, 'client')
  return [
    `(${comparisonOf(form, 'client')})`,
    `or (${withoutClients(form, comparisonOf(form, 'server'))})`,
  ].join('\n')
}

/** Only of callees that no client told of lately. */
export function withoutClients(form: FormRule, condition: string): string {
  const clients = braced('tars_calls', [serviceMatchers(form), 'side="client"'])
  return `${condition}\nunless on (callee) sum by (callee) (sum_over_time(${clients}[$recent]))`
}

function comparisonOf(form: FormRule, side: Side): string {
  const { comparison } = form
  const now = stretchOf(form)
  const value = measured(form, now, side)
  switch (comparison.kind) {
    case 'threshold':
      return withVolume(form, `${value} ${comparison.op} ${limit(form, comparison.value)}`, {
        ...{ stretch: now, side },
      })
    case 'repeated': {
      const condition = `${value} ${comparison.op} ${limit(form, comparison.value)}`
      const each = withVolume(form, condition, { stretch: now, side })
      return `count_over_time((${each})[${comparison.minutes}m:1m]) >= ${comparison.times}`
    }
    case 'profile': {
      const condition = `${value} ${beyondProfile(form, comparison)}`
      return withUsualVolume(form, comparison, condition, { stretch: now, side })
    }
    case 'no_data':
      throw new RangeError('no data: nothing is compared')
    default: {
      const before = stretchBefore(comparison, now)
      const condition = `${value} ${comparison.op} ${comparison.factor} * (${measured(form, before, side)})`
      // A fall is judged by what there was: afterwards there may be next to nothing.
      const stretch = comparison.op === '<' ? before : now
      return withVolume(form, condition, { stretch, side })
    }
  }
}

/** Whose calls are counted. */
interface Heard {
  readonly stretch: Stretch
  readonly side: Side
}

export function withVolume(form: FormRule, condition: string, { stretch, side }: Heard): string {
  if (form.minCalls === 0) return condition
  return `${condition}\nand ${callsOf(form, stretch, side)} >= ${form.minCalls}`
}

/** As `withVolume`; a fall below the profile is judged by the volume that is usual. */
export function withUsualVolume(
  form: FormRule,
  { op, by }: Pick<Profile, 'op' | 'by'>,
  condition: string,
  heard: Heard,
): string {
  if (op === '>') return withVolume(form, condition, heard)
  const usual = baseline(form, 'calls', by, 'median')
  return form.minCalls === 0 ? condition : `${condition}\nand ${usual} >= ${form.minCalls}`
}

export function stretchOf({ metric, windowMinutes, comparison }: FormRule): Stretch {
  if (metric.of === 'events') return fixed(windowMinutes ?? 1)
  if (comparison.kind === 'repeated') return { range: '$burst', minutes: '$burstMinutes' }
  if (windowMinutes !== undefined) return fixed(windowMinutes)
  return { range: '$window', minutes: '$minutes' }
}

function fixed(minutes: number): Stretch {
  return { range: `${minutes}m`, minutes: String(minutes) }
}

export function stretchBefore(
  comparison: { readonly kind: 'previous' | 'yesterday' | 'last_week'; readonly minutes?: number },
  now: Stretch,
): Stretch {
  if (comparison.kind === 'previous')
    return { ...fixed(comparison.minutes ?? 5), offset: now.range }
  return { ...now, offset: comparison.kind === 'yesterday' ? '1d' : '7d' }
}

type Profile = Extract<FormRule['comparison'], { readonly kind: 'profile' }>

function beyondProfile(form: FormRule, profile: Profile): string {
  const { op, factor } = profile
  return `${op} ${factor} * ${usualOf(form, profile)}\n${outsideOfSpread(form, profile)}`
}

export function usualOf(form: FormRule, { by }: Pick<Profile, 'by'>, stat = 'median'): string {
  const { of } = form.metric
  const learned = of === 'calls' || of === 'failures' || of === 'mean_duration' ? of : 'calls'
  return baseline(form, BASELINE_OF[learned], by, stat)
}

export function outsideOfSpread(form: FormRule, profile: Profile): string {
  const { op } = profile
  const [median, mad] = [usualOf(form, profile), usualOf(form, profile, 'mad')]
  return `${op} ${median} ${op === '>' ? '+' : '-'} ${OUTSIDE} * ${mad}`
}

function baseline(form: FormRule, of: string, by: string, stat: string): string {
  const labels = `of="${of}", by="${by}", stat="${stat}"`
  return `max by (callee, interface) (${braced('tars_baseline', [serviceMatchers(form), labels])})`
}

function limit({ metric }: FormRule, value: number): number {
  return metric.of === 'failure_ratio' ? value / 100 : value
}

/** Polled data come late by themselves: of them the newest bucket counts. */
function silence(form: FormRule, minutes: number): string {
  const memory = Math.max(60, 4 * minutes)
  const labels = labelsOf(form).join(', ')
  const isOfEvents = form.metric.of === 'events'
  const before = heard(form, `${memory}m`, isOfEvents ? '' : 'span="$span"')
  const enough = form.minCalls === 0 ? before : `${before} / ${memory} >= ${form.minCalls}`
  return [
    enough,
    `unless on (${labels}) ${heard(form, `${minutes}m`, '')}`,
    ...(isOfEvents
      ? []
      : [
          `unless on (${labels}) ${heard(form, '$quiet', '')}`,
          `unless on (${labels}) ${heard(form, '15m', 'span="5m"')}`,
        ]),
  ].join('\n')
}

/** Shifted so that the day begins when the active time does: midnight is never in it. */
function activeTime({ active }: FormRule): string[] {
  if (!active) return []
  const fromS = secondsOf(active.from)
  const lengthS = (secondsOf(active.to) - fromS + DAY_S) % DAY_S
  const shifted = `(time() + ${zoneOffsetMs(active.zone) / 1000 - fromS})`
  const days = [...new Set(active.weekdays)].map((day) => {
    return `day_of_week(vector${shifted}) == ${day % 7}`
  })
  return [
    ...(lengthS === 0 ? [] : [`and on () vector(${shifted} % ${DAY_S}) < ${lengthS}`]),
    ...(days.length === 7 ? [] : [`and on () (${days.join(' or ')})`]),
  ]
}

function secondsOf(clockTime: string): number {
  const [hours = 0, minutes = 0] = clockTime.split(':').map(Number)
  return (hours * 60 + minutes) * 60
}

/** Without a calendar it is a workday. */
function ofDays({ days }: FormRule): string[] {
  if (days === 'always') return []
  const kinds = days === 'workdays' ? 'weekend|holiday' : 'holiday'
  return [`unless on () tars_baseline_today{kind=~"${kinds}"}`]
}

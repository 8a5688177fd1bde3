/** What a form's rule compares with its value or its factor, for one alarm of it; the form with another one. Pure. */
import type { Labels } from '../../../model/labels.ts'
import { readingsOf } from '../reading.ts'
import {
  outsideOfSpread,
  stretchBefore,
  stretchOf,
  usualOf,
  whileActive,
  withoutClients,
  withUsualVolume,
  withVolume,
} from './condition.ts'
import { type FormRule, formRule, isOfCalls } from './form-rule.ts'
import { takes } from './matchers.ts'
import { labelsOf, measured, type Side } from './measure.ts'
import { narrowedForm } from './narrowed-form.ts'

/** Kinds of comparison with a value or a factor. */
export const VALUED = [
  ...(['threshold', 'repeated', 'previous', 'yesterday', 'last_week', 'profile'] as const),
] as const
export type Valued = (typeof VALUED)[number]

type Comparison = FormRule['comparison']
type ValuedComparison = Exclude<Comparison, { readonly kind: 'no_data' }>
type Repeated = Extract<Comparison, { readonly kind: 'repeated' }>

/** `percent`: 100 is all. `calls`: so many a minute. `times`: as much as it is compared with. */
export const VALUE_UNITS = ['percent', 'ms', 'calls', 'times', 'count'] as const
export type ValueUnit = (typeof VALUE_UNITS)[number]

export interface Compared {
  readonly comparison: Valued
  readonly op: '>' | '<'
  /** As the form has it. */
  readonly value: number
  readonly unit: ValueUnit
  /** Their values times this are in `unit`. */
  readonly scale: number
  /** The rule finds the alarm when what one of them says is beyond the value; of `repeated` each of its minutes. */
  readonly queries: readonly ComparedQuery[]
  /** Of `repeated`: it finds the alarm when `times` of the last `minutes` are beyond. */
  readonly repeated?: Pick<Repeated, 'times' | 'minutes'>
}

/** PromQL without variables. */
export interface ComparedQuery {
  /** Infinity (below: 0) where there was nothing to compare with: no factor changes what is found then. */
  readonly value: string
  /** Of `repeated`: it has an element at the instants at which minutes are counted. */
  readonly counted?: string
}

/** Undefined for a form without a value. `labels`: of the alarm; of others than it nothing sound is said. */
export function comparedOf(form: FormRule, labels: Labels): Compared | undefined {
  const { comparison, metric } = form
  if (comparison.kind === 'no_data') return undefined
  const one = narrowedForm(form, labels)
  const sides = isOfCalls(metric.of) ? (['client', 'server'] as const) : (['client'] as const)
  const isLimit = comparison.kind === 'threshold' || comparison.kind === 'repeated'
  return {
    ...{ comparison: comparison.kind, op: comparison.op, value: formValue(comparison) },
    unit: isLimit ? unitOf(metric.of) : 'times',
    scale: isLimit && metric.of === 'failure_ratio' ? 100 : 1,
    queries: sides.flatMap((side) => queriesOf(one, comparison, side)),
    ...(comparison.kind === 'repeated' && { repeated: comparison }),
  }
}

/** The form with another value, or what is wrong with that. */
export function withValue(form: FormRule, value: number): ReturnType<typeof formRule.safeParse> {
  const { comparison } = form
  const changed = 'factor' in comparison ? { factor: value } : { value }
  return formRule.safeParse({ ...form, comparison: { ...comparison, ...changed } })
}

/** Whether an alarm with these labels, without those of every alert, can be one of the form as it is now. */
export function canBeOf(form: FormRule, labels: Labels): boolean {
  const known = labelsOf(form)
  return Object.keys(labels).every((name) => known.includes(name)) && takes(form, labels, known)
}

function formValue(comparison: ValuedComparison): number {
  return 'factor' in comparison ? comparison.factor : comparison.value
}

function unitOf(metric: FormRule['metric']['of']): ValueUnit {
  if (metric === 'failure_ratio') return 'percent'
  if (metric === 'mean_duration' || metric === 'p95' || metric === 'p99') return 'ms'
  return isOfCalls(metric) ? 'calls' : 'count'
}

/** Each reading and each side by itself: what is beyond in one of them is not hidden by the others. */
function queriesOf(form: FormRule, comparison: ValuedComparison, side: Side): ComparedQuery[] {
  const whole = (query: string) =>
    whileActive(form, side === 'server' ? withoutClients(form, query) : query)
  const value = valueQuery(form, comparison, side)
  if (comparison.kind !== 'repeated') return read(whole(value)).map((one) => ({ value: one }))
  const { minutes, times } = comparison
  const counted = read(whole(`count_over_time((${value})[${minutes}m:1m]) >= ${times}`))
  return read(value).map((one, index) => ({ value: one, counted: counted[index] ?? one }))
}

function read(text: string): string[] {
  return readingsOf(text).map((reading) => reading.text)
}

function valueQuery(form: FormRule, comparison: ValuedComparison, side: Side): string {
  const now = stretchOf(form)
  const value = measured(form, now, side)
  switch (comparison.kind) {
    case 'threshold':
    case 'repeated':
      return withVolume(form, value, { stretch: now, side })
    case 'profile': {
      const outside = `${value} ${outsideOfSpread(form, comparison)}`
      const ratio = ratioOf(outside, usualOf(form, comparison), comparison)
      return withUsualVolume(form, comparison, ratio, { stretch: now, side })
    }
    default: {
      const before = stretchBefore(comparison, now)
      const ratio = ratioOf(value, measured(form, before, side), comparison)
      return withVolume(form, ratio, { stretch: comparison.op === '<' ? before : now, side })
    }
  }
}

/** Where the reference is 0 or less what is found does not depend on how large the factor is. */
function ratioOf(
  value: string,
  reference: string,
  { op, factor }: { readonly op: '>' | '<'; readonly factor: number },
): string {
  const always = `((${value}) ${op} ${factor} * ((${reference}) <= 0)) * 0`
  return `((${value}) / ((${reference}) > 0)\nor ${always} + ${op === '>' ? 'Inf' : '0'})`
}

/** Thresholds of rules: for all, an app, a server or an interface; the nearest holds. */
import { call, place } from './call.ts'

export type ThresholdUnit = 'ratio' | 'ms' | 'calls' | 'times' | 'count'
export type ThresholdLevel = 'global' | 'app' | 'server' | 'interface'

export type ThresholdPlace =
  | { readonly level: 'global' }
  | { readonly level: 'app'; readonly app: string }
  | { readonly level: 'server'; readonly server: string }
  | { readonly level: 'interface'; readonly server: string; readonly interface: string }

export type Threshold = ThresholdPlace & { readonly rule: string; readonly value: number }

/** Without a level: the default of the rule. */
export interface Effective {
  readonly value: number
  readonly level?: ThresholdLevel
}

export interface ThresholdRule {
  readonly name: string
  readonly title: string
  readonly titleEn: string
  /** When it fires, in a sentence. */
  readonly when?: string
  readonly whenEn?: string
  readonly severity: string
  readonly unit: ThresholdUnit
  readonly otherwise: number
}

export interface ThresholdRules {
  readonly thresholds: readonly Threshold[]
  readonly rules: readonly (ThresholdRule & {
    readonly effective: Effective
    readonly interfaces: readonly (Effective & { readonly interface: string })[]
  })[]
  /** What is not known yet, such as `recent`: until then rules say less than with the values here. */
  readonly learning: readonly string[]
  readonly servers: readonly string[]
}

/** How far an alarm went. */
interface Reached {
  /** `quiet`: as it is now. `none`: no value would have kept it quiet. `unknown`: its values are gone. */
  readonly outcome: 'proposed' | 'quiet' | 'none' | 'unknown'
  readonly reached?: number
  /** What would have kept it quiet. */
  readonly proposed?: number
}

/** Which threshold an alarm passed, and which it would not have. */
export interface AlarmThreshold extends Reached {
  readonly rule: ThresholdRule
  readonly server: string
  readonly interface?: string
  readonly effective: Effective
  readonly isAbove: boolean
}

/** Of the forms of rules. */
export type ValueUnit = Exclude<ThresholdUnit, 'ratio'> | 'percent'

/** What the form of a rule compares, and how far an alarm of it went. */
export interface Compared extends Reached {
  /** Such as `threshold`, `yesterday`. */
  readonly comparison: string
  readonly op: '>' | '<'
  readonly unit: ValueUnit
  readonly value: number
}

/** A rule that people made; without `compared` it has no value. */
export interface OwnThreshold {
  readonly id: string
  readonly name: string
  readonly kind: 'form' | 'promql'
  readonly compared?: Compared
}

/** Of the rule of an alarm: its threshold, or which one of people it is, or its file. */
export interface RuleOfAlarm {
  readonly threshold?: AlarmThreshold
  readonly own?: OwnThreshold
  readonly file?: string
}

/** `server`: also how it is for it and its interfaces; '' for all. */
export function thresholdRules(environment: string, server: string): Promise<ThresholdRules> {
  const search = server === '' ? '' : `?${new URLSearchParams({ server })}`
  return call('GET', `${place(environment, 'thresholds', 'rules')}${search}`)
}

/** With null it is taken away. */
export async function setThreshold(
  environment: string,
  where: ThresholdPlace & { readonly rule: string },
  value: number | null,
): Promise<void> {
  await call('POST', place(environment, 'thresholds'), { ...where, value })
}

export function ruleOfAlarm(environment: string, alarm: string): Promise<RuleOfAlarm> {
  return call('GET', place(environment, 'alarms', alarm, 'threshold'))
}

/** Another value of the form of a rule, for all whom it is about. */
export async function setRuleValue(
  environment: string,
  rule: string,
  comparison: string,
  value: number,
): Promise<void> {
  await call('PUT', place(environment, 'rules', rule, 'threshold'), { comparison, value })
}

export function valueAt(
  thresholds: readonly Threshold[],
  rule: string,
  where: ThresholdPlace,
): number | undefined {
  return thresholds.find((one) => one.rule === rule && keyOf(one) === keyOf(where))?.value
}

/** Where a threshold holds, without the rest of it. */
export function placeOf(threshold: Threshold): ThresholdPlace {
  const { rule: _, value: _value, ...where } = threshold
  return where
}

/** One text for one place. */
export function keyOf(where: ThresholdPlace): string {
  if (where.level === 'global') return where.level
  if (where.level === 'app') return `app ${where.app}`
  return where.level === 'server' ? `server ${where.server}` : `${where.server} ${where.interface}`
}

/** As it is typed: ratios in percent. */
export function typedOf(value: number | undefined, unit: ThresholdUnit): string {
  if (value === undefined) return ''
  return String(unit === 'ratio' ? Number((value * 100).toPrecision(10)) : value)
}

/** Undefined: it is no number. */
export function typedValue(typed: string, unit: ThresholdUnit): number | undefined {
  const text = typed.trim().replace(/%$/, '')
  const value = text === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) return undefined
  return unit === 'ratio' ? Number((value / 100).toPrecision(10)) : value
}

export function appOf(server: string): string {
  return server.slice(0, Math.max(0, server.indexOf('.')))
}

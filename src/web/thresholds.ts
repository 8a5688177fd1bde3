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
  readonly servers: readonly string[]
}

/** Which threshold an alarm passed, and which it would not have. */
export interface AlarmThreshold {
  readonly rule: ThresholdRule
  readonly server: string
  readonly interface?: string
  readonly effective: Effective
  readonly reached?: number
  readonly proposed?: number
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

/** Undefined for alarms whose rule has none. */
export async function alarmThreshold(
  environment: string,
  alarm: string,
): Promise<AlarmThreshold | undefined> {
  const path = place(environment, 'alarms', alarm, 'threshold')
  return (await call<{ threshold?: AlarmThreshold }>('GET', path)).threshold
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

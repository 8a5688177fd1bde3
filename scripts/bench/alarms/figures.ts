/** Scores of several worlds as figures. */
import { median } from '../../bench-checks.ts'
import type { IncidentKind } from './scenario.ts'
import type { FalseAlarm, IncidentResult, Score, Told } from './score.ts'

export interface Figures {
  /** Of those that count. */
  readonly incidents: number
  readonly kinds: number
  readonly recall: number
  readonly delayMedianS: number
  readonly delayP95S: number
  /** Of incidents that were found. */
  readonly alarmsPerIncident: number
  readonly causeNamed: number
  readonly cleanServiceWeeks: number
  readonly falsePerServiceWeek: number
  readonly falsePerServiceWeekWithIncidents: number
  readonly byKind: Readonly<Partial<Record<IncidentKind, KindFigures>>>
  /** Alarms of incidents, and false ones. */
  readonly byRule: Readonly<Record<string, RuleFigures>>
  readonly falseByCircumstance: Readonly<Record<string, number>>
}

export interface RuleFigures {
  readonly ofIncidents: number
  readonly false: number
}

export interface KindFigures {
  readonly incidents: number
  readonly found: number
  readonly delayMedianS: number | null
  readonly alarms: number
  readonly causeNamed: number
}

export function figuresOf(scores: readonly Score[]): Figures {
  const all = scores.flatMap(({ incidents }) => incidents).filter(({ truth }) => truth.counts)
  const found = all.filter(({ isFound }) => isFound)
  const falseAlarms = scores.flatMap((score) => score.falseAlarms)
  const clean = falseAlarms.filter(({ isClean }) => isClean)
  const weeks = sum(scores.map(({ cleanServiceWeeks }) => cleanServiceWeeks))
  const allWeeks = sum(scores.map(({ serviceWeeks }) => serviceWeeks))
  const delays = found.flatMap(({ delayMs }) => delayMs ?? []).sort((a, b) => a - b)
  const kinds = Map.groupBy(all, ({ truth }) => truth.kind)
  return {
    ...{ incidents: all.length, kinds: kinds.size, recall: share(found.length, all.length) },
    delayMedianS: seconds(median(delays)),
    delayP95S: seconds(delays[Math.ceil(delays.length * 0.95) - 1] ?? Number.NaN),
    alarmsPerIncident: share(sum(found.map(({ alarms }) => alarms.length)), found.length),
    causeNamed: share(found.filter(({ isCauseNamed }) => isCauseNamed).length, found.length),
    cleanServiceWeeks: weeks,
    falsePerServiceWeek: share(clean.length, weeks),
    falsePerServiceWeekWithIncidents: share(falseAlarms.length, allWeeks),
    byKind: Object.fromEntries([...kinds].map(([kind, of]) => [kind, kindFigures(of)])),
    byRule: ruleFigures(
      scores.flatMap(({ incidents }) => incidents.flatMap(({ alarms }) => alarms)),
      falseAlarms.map(({ told }) => told),
    ),
    falseByCircumstance: countBy(falseAlarms, ({ circumstance }) => circumstance),
  }
}

function kindFigures(of: readonly IncidentResult[]): KindFigures {
  const found = of.filter(({ isFound }) => isFound)
  const delays = found.flatMap(({ delayMs }) => delayMs ?? [])
  return {
    ...{ incidents: of.length, found: found.length },
    delayMedianS: delays.length > 0 ? seconds(median(delays)) : null,
    alarms: sum(found.map(({ alarms }) => alarms.length)),
    causeNamed: found.filter(({ isCauseNamed }) => isCauseNamed).length,
  }
}

function ruleFigures(right: readonly Told[], wrong: readonly Told[]): Record<string, RuleFigures> {
  const names = [...new Set([...right, ...wrong].map(({ rule }) => rule))].sort()
  const count = (alarms: readonly Told[], name: string) =>
    alarms.filter(({ rule }) => rule === name).length
  const figures = names.map((name) => {
    return [name, { ofIncidents: count(right, name), false: count(wrong, name) }] as const
  })
  return Object.fromEntries(figures)
}

function countBy(
  alarms: readonly FalseAlarm[],
  of: (alarm: FalseAlarm) => string,
): Record<string, number> {
  const counts = [...Map.groupBy(alarms, of)].map(([name, some]) => [name, some.length] as const)
  return Object.fromEntries(counts.sort(([, a], [, b]) => b - a))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function share(part: number, of: number): number {
  return of === 0 ? Number.NaN : part / of
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10
}

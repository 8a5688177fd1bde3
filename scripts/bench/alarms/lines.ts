/** Figures for people. */
import { localTime } from './calendar.ts'
import { type Figures, figuresOf } from './figures.ts'
import { KINDS } from './scenario.ts'
import type { FalseAlarm } from './score.ts'
import type { WorldResult } from './worker.ts'

const MOST_EXAMPLES = 12

export interface Told {
  readonly minutely: Figures
  readonly often: Figures
  readonly results: readonly WorldResult[]
}

export function linesOf({ minutely, often, results }: Told): string[] {
  const scores = results.map(({ score }) => score)
  const all = figuresOf(scores)
  const falseAlarms = scores.flatMap((score) => score.falseAlarms)
  return [
    ...(minutely.incidents > 0 ? kindLines('at 60 s reports', minutely) : []),
    ...(often.incidents > 0 ? kindLines('at 10 s reports', often) : []),
    `alarms of incidents, and false ones: ${ruleLine(all)}`,
    `false alarms by circumstance: ${countLine(all.falseByCircumstance)}`,
    `false alarms a service-week, incidents and their days included: ${all.falsePerServiceWeekWithIncidents.toFixed(3)}`,
    ...falseAlarms.slice(0, MOST_EXAMPLES).map(falseLine),
    ...scores.flatMap(({ incidents }) =>
      incidents
        .filter(({ truth, isFound }) => truth.counts && !isFound)
        .map(
          ({ truth }) =>
            `  missed: ${truth.id} at ${truth.causes.join(', ')}, ${localTime(truth.fromMs)}`,
        ),
    ),
    ...results.map(({ outcome: { scenario, seconds, evaluations, rows } }) => {
      const perEvaluation = (1000 * seconds.evaluate) / Math.max(1, evaluations)
      return `${scenario.name}: ${scenario.services.length} services, ${rows} records; warm-up ${seconds.warmUp} s, measured ${seconds.measured} s; CPU ${seconds.cpu} s, of these ${perEvaluation.toFixed(1)} ms an evaluation`
    }),
  ]
}

function kindLines(title: string, { byKind, delayMedianS, delayP95S }: Figures): string[] {
  return [
    `${title.padEnd(18)} found    median   alarms  cause named`,
    ...KINDS.flatMap((kind) => {
      const of = byKind[kind]
      if (!of) return []
      const delay = of.delayMedianS === null ? '-' : `${of.delayMedianS} s`
      return `  ${kind.padEnd(16)} ${`${of.found}/${of.incidents}`.padEnd(8)} ${delay.padEnd(8)} ${String(of.alarms).padEnd(7)} ${of.causeNamed}`
    }),
    `  detection: median ${delayMedianS} s, p95 ${delayP95S} s`,
  ]
}

function falseLine({ told, where, circumstance }: FalseAlarm): string {
  const { at, rule, service, value } = told
  return `  false: ${rule} ${service} ${localTime(at)} (${where}; ${circumstance}), value ${value.toPrecision(3)}`
}

function ruleLine({ byRule }: Figures): string {
  const rules = Object.entries(byRule)
  if (rules.length === 0) return 'none'
  return rules.map(([name, of]) => `${name} ${of.ofIncidents} + ${of.false}`).join(', ')
}

function countLine(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts)
  if (entries.length === 0) return 'none'
  return entries.map(([name, count]) => `${name} ${count}`).join(', ')
}

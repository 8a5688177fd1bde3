/** Figures against what the product must reach. */
import { type Check, check, notRun } from '../../bench-checks.ts'
import type { Figures } from './figures.ts'

export interface Measured {
  readonly minutely: Figures
  /** At reports each 10 s. */
  readonly often: Figures
  readonly seconds: number
  /** Rules that failed. */
  readonly faults: number
}

export function checksOf({ minutely, often, seconds, faults }: Measured): Check[] {
  const { recall, delayMedianS, alarmsPerIncident, causeNamed } = minutely
  const { falsePerServiceWeek, cleanServiceWeeks } = minutely
  return [
    of('recall of incidents', 100 * recall, '%', '>= 95'),
    of('false alarms', falsePerServiceWeek, 'a service-week', '<= 0.05'),
    of('alarms per incident', alarmsPerIncident, '', '<= 1.2'),
    of('true cause named', 100 * causeNamed, '%', '>= 90'),
    of('detection at 60 s reports, median', delayMedianS, 's', '<= 70'),
    of('detection at 10 s reports, median', often.delayMedianS, 's', '<= 20'),
    of('recall at 10 s reports', 100 * often.recall, '%', '>= 95'),
    of('incidents', minutely.incidents, '', '>= 40'),
    of('kinds of incidents', minutely.kinds, '', '>= 15'),
    of('incidents at 10 s reports', often.incidents, '', '>= 12'),
    of('clean part', cleanServiceWeeks, 'service-weeks', '>= 100'),
    of('rules that failed', faults, '', '<= 0'),
    of('time of this bench', seconds, 's', '<= 600'),
  ]
}

function of(name: string, value: number, unit: string, goal: `${'<=' | '>='} ${number}`): Check {
  if (Number.isNaN(value)) return notRun(name, unit, goal, 'nothing to measure')
  return check(name, value, unit, goal)
}

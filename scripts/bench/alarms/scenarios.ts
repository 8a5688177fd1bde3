/** The scenarios of a run. Rules are tuned on seeds below 1,000; what is reported is of seeds from there on. */
import { parseLocal } from './calendar.ts'
import { scenarioOf } from './generate.ts'
import { KINDS, type Scenario } from './scenario.ts'

export const TUNING_SEED = 1
export const REPORTED_SEED = 1_005

/** In each world with reports each minute. Of 25 incidents a world the median was 60 to 75 s, by chance. */
const TIMES_EACH_KIND = 2

/**
 * Into National Day, and through it to ordinary days with the Saturday worked for it: together 101 service-weeks without
 * incidents; and reports each 10 s, with an incident of each kind. The first takes as long as the other two.
 */
export function scenariosOf(seed: number, quick: boolean): Scenario[] {
  return quick ? quickOf(seed) : wholeOf(seed)
}

function wholeOf(seed: number): Scenario[] {
  const common = { warmUpDays: 8, reportMs: 60_000, size: 1 } as const
  const incidents = TIMES_EACH_KIND * KINDS.length
  const often = { warmUpDays: 8, cleanDays: 0.1, reportMs: 10_000 } as const
  return [
    scenarioOf({
      ...{ ...common, name: 'into holidays', seed: 4 * seed, start: day('2026-09-21') },
      ...{ cleanDays: 6.3, incidents },
    }),
    scenarioOf({
      ...{ ...common, name: 'out of holidays', seed: 4 * seed + 1, start: day('2026-09-28') },
      ...{ cleanDays: 5.5, incidents },
    }),
    scenarioOf({
      ...often,
      ...{ name: 'each 10 s', seed: 4 * seed + 2, start: day('2026-11-02'), size: 0.2 },
      incidents: KINDS.length,
    }),
  ]
}

function quickOf(seed: number): Scenario[] {
  const common = { warmUpDays: 1, cleanDays: 0.5, incidents: 9, reportMs: 60_000 } as const
  return [
    scenarioOf({
      ...common,
      ...{ name: 'quick, holiday', seed: 4 * seed, start: day('2026-09-30'), size: 0.25 },
    }),
    scenarioOf({
      ...common,
      ...{ name: 'quick, ordinary', seed: 4 * seed + 1, start: day('2026-10-20'), size: 0.25 },
    }),
  ]
}

function day(text: string): number {
  const at = parseLocal(text)
  if (at === undefined) throw new RangeError(`'${text}' is not a day`)
  return at
}

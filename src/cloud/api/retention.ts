/** How long series of an environment are kept: what may be set, and what counts. Pure. */
import { ApiFailure } from './api-failure.ts'
import type { RetentionDays } from './ports.ts'

/** Of the cloud, for environments that say nothing; need not be whole. */
export interface DefaultRetention {
  readonly rawDays: number
  readonly hourlyDays: number
}

export function effectiveDays(set: RetentionDays, defaults: DefaultRetention): DefaultRetention {
  const { rawDays, hourlyDays } = set
  return {
    rawDays: rawDays ?? defaults.rawDays,
    hourlyDays: hourlyDays ?? defaults.hourlyDays,
  }
}

/** @throws {ApiFailure} `invalid`: hours would go before the raw rows they stand for. */
export function checkRetention(wanted: RetentionDays, defaults: DefaultRetention): void {
  const { rawDays, hourlyDays } = effectiveDays(wanted, defaults)
  const isDefault = wanted.rawDays === null && wanted.hourlyDays === null
  if (hourlyDays >= rawDays || isDefault) return
  const expected = `at least the ${rawDays} days that raw data is kept, not ${hourlyDays}`
  const fields = [{ field: 'hourlyDays', expected }]
  throw new ApiFailure('invalid', `hourlyDays: expected ${expected}`, { fields })
}

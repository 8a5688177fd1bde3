/** How long series of an environment are kept, and what they take. */

import { call, place } from './call.ts'
import type { Days, Environment, Retention } from './cloud.ts'

/** As typed: '' for the default of the cloud. */
export interface RetentionFields {
  rawDays: string
  hourlyDays: string
}

export interface Usage {
  readonly records: number
  /** On disk. */
  readonly bytes: number
}

export async function usage(environment: string): Promise<Usage> {
  return (await call<{ usage: Usage }>('GET', place(environment, 'usage'))).usage
}

export async function setRetention(
  environment: string,
  { rawDays, hourlyDays }: RetentionFields,
): Promise<Environment> {
  const body = { rawDays: daysOf(rawDays), hourlyDays: daysOf(hourlyDays) }
  const answer = call<{ environment: Environment }>('PUT', place(environment, 'retention'), body)
  return (await answer).environment
}

export function fieldsOf({ raw, hourly }: Retention): RetentionFields {
  return {
    rawDays: raw.isDefault ? '' : String(raw.days),
    hourlyDays: hourly.isDefault ? '' : String(hourly.days),
  }
}

/** Whether less is kept with them: what is older than that is deleted. */
export function isShorter({ rawDays, hourlyDays }: RetentionFields, now: Retention): boolean {
  const falls = (text: string, { days, defaultDays }: Days) => {
    const wanted = daysOf(text) ?? defaultDays
    return typeof wanted === 'number' && wanted < days
  }
  return falls(rawDays, now.raw) || falls(hourlyDays, now.hourly)
}

/** What is no number goes to the cloud as it is: the cloud says what it expects. */
function daysOf(text: string): number | string | null {
  const typed = text.trim()
  if (typed === '') return null
  return /^\d+$/.test(typed) ? Number(typed) : typed
}

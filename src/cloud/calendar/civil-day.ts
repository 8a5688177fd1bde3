/** Days as a calendar on the wall has them, without a zone. */

/** `2026-10-01`; sorts as text. */
export type CivilDay = string

const DAY_MS = 86_400_000

/** @throws {RangeError} `day` is none. */
export function dayAfter(day: CivilDay, days: number): CivilDay {
  return new Date(midnightUtc(day) + days * DAY_MS).toISOString().slice(0, 10)
}

/** All days of a year, 1 January first. */
export function daysOfYear(year: number): CivilDay[] {
  const days: CivilDay[] = []
  const last = `${year}-12-31`
  for (let day = `${year}-01-01`; day <= last; day = dayAfter(day, 1)) days.push(day)
  return days
}

/** 0 is Sunday, 6 is Saturday. */
export function weekdayOf(day: CivilDay): number {
  return new Date(midnightUtc(day)).getUTCDay()
}

/** Where the day would begin in UTC. */
export function midnightUtc(day: CivilDay): number {
  const at = isCivilDay(day) ? Date.parse(day) : Number.NaN
  if (Number.isNaN(at)) throw new RangeError(`${JSON.stringify(day)} is no day like 2026-10-01`)
  return at
}

/** Whether it is a day that exists. */
export function isCivilDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const at = Date.parse(text)
  // `2026-02-30` may be read as 2 March.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

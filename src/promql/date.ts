/** Dates of the proleptic Gregorian calendar, UTC, for any number a sample can hold. */

export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

const DAY_S = 86_400

/** The date of a count of days since 1970-01-01 (Howard Hinnant's `civil_from_days`). */
export function civilDate(days: number): CivilDate {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const part = Math.floor((5 * dayOfYear + 2) / 153)
  const month = part < 10 ? part + 3 : part - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return { year, month, day: dayOfYear - Math.floor((153 * part + 2) / 5) + 1 }
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]

function daysInMonth({ year, month }: CivilDate): number {
  const leap = month === 2 && isLeap(year) ? 1 : 0
  return (DAYS_BEFORE[month] ?? 0) - (DAYS_BEFORE[month - 1] ?? 0) + leap
}

function dayOfYear({ year, month, day }: CivilDate): number {
  return (DAYS_BEFORE[month - 1] ?? 0) + day + (month > 2 && isLeap(year) ? 1 : 0)
}

/** The date functions, of Unix seconds (the fraction is cut off). */
export const DATE_FUNCTIONS: Readonly<Record<string, (seconds: number) => number>> = {
  minute: (seconds) => Math.floor(secondOfDay(seconds) / 60) % 60,
  hour: (seconds) => Math.floor(secondOfDay(seconds) / 3600),
  day_of_week: (seconds) => modulo(dayOf(seconds) + 4, 7),
  day_of_month: (seconds) => civilDate(dayOf(seconds)).day,
  day_of_year: (seconds) => dayOfYear(civilDate(dayOf(seconds))),
  days_in_month: (seconds) => daysInMonth(civilDate(dayOf(seconds))),
  month: (seconds) => civilDate(dayOf(seconds)).month,
  year: (seconds) => civilDate(dayOf(seconds)).year,
}

const INT64_END = 2 ** 63

/** As Go converts to int64 on amd64: what does not fit, NaN too, is its least value, of which `time.Time` makes 2^63. */
function wholeSeconds(seconds: number): number {
  return Math.abs(seconds) < INT64_END ? Math.trunc(seconds) : INT64_END
}

function dayOf(seconds: number): number {
  return Math.floor(wholeSeconds(seconds) / DAY_S)
}

function secondOfDay(seconds: number): number {
  return modulo(wholeSeconds(seconds), DAY_S)
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}

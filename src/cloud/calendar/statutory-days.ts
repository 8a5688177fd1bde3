/**
 * Days off that the law of China names (全国年节及纪念日放假办法, as it is since 2025): they are certain before the
 * schedule of a year is announced, which adds days around them and weekend days worked for those.
 */
import type { DayName, ScheduledDay } from './chinese-schedule.ts'
import { type CivilDay, dayAfter, daysOfYear, midnightUtc } from './civil-day.ts'

const NEW_YEAR = { zh: '元旦', en: "New Year's Day" }
const SPRING = { zh: '春节', en: 'Spring Festival' }
const TOMB_SWEEPING = { zh: '清明', en: 'Tomb-sweeping Day' }
const LABOUR = { zh: '劳动节', en: 'Labour Day' }
const DRAGON_BOAT = { zh: '端午', en: 'Dragon Boat Festival' }
const MID_AUTUMN = { zh: '中秋', en: 'Mid-autumn Festival' }
const NATIONAL = { zh: '国庆节', en: 'National Day' }

/** By month and day. */
const FIXED: Readonly<Record<string, DayName>> = {
  '01-01': NEW_YEAR,
  ...{ '05-01': LABOUR, '05-02': LABOUR },
  ...{ '10-01': NATIONAL, '10-02': NATIONAL, '10-03': NATIONAL },
}
/** By month and day of the moon; the day before the first is the fourth of the Spring Festival. */
const LUNAR: Readonly<Record<string, DayName>> = {
  ...{ '1-1': SPRING, '1-2': SPRING, '1-3': SPRING },
  ...{ '5-5': DRAGON_BOAT, '8-15': MID_AUTUMN },
}
const LUNAR_FORMAT = new Intl.DateTimeFormat('en-u-ca-chinese', {
  ...{ timeZone: 'UTC', month: 'numeric', day: 'numeric' },
})

/** Of each year that was asked for. */
const years = new Map<string, ReadonlyMap<CivilDay, ScheduledDay>>()

/** Undefined: the law does not name it. */
export function statutoryDay(day: CivilDay): ScheduledDay | undefined {
  const year = day.slice(0, 4)
  const known = years.get(year) ?? new Map(namedDays(Number(year)))
  years.set(year, known)
  return known.get(day)
}

function* namedDays(year: number): Generator<[CivilDay, ScheduledDay]> {
  for (const day of daysOfYear(year)) {
    const name = FIXED[day.slice('2026-'.length)] ?? lunarName(day) ?? solarName(day, year)
    if (name) yield [day, { kind: 'holiday', name }]
  }
}

function lunarName(day: CivilDay): DayName | undefined {
  return LUNAR[lunarDay(day)] ?? (lunarDay(dayAfter(day, 1)) === '1-1' ? SPRING : undefined)
}

/** Such as `8-15`. A month that is inserted has a name of its own. */
function lunarDay(day: CivilDay): string {
  const parts = LUNAR_FORMAT.formatToParts(midnightUtc(day))
  const [month, date] = ['month', 'day'].map(
    (type) => parts.find((one) => one.type === type)?.value,
  )
  return `${month}-${date}`
}

/** Where the sun is at 15°, in Beijing; holds for 2000 to 2099. */
function solarName(day: CivilDay, year: number): DayName | undefined {
  const since = year - 2000
  const date = Math.floor(since * 0.2422 + 4.81) - Math.floor(since / 4)
  return day.endsWith(`-04-0${date}`) ? TOMB_SWEEPING : undefined
}

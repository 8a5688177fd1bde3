/** Days that an environment knows better than the calendar: 双11, its own days off. */
import { z } from 'zod'
import { isCivilDay } from './civil-day.ts'

const MAX_DAYS = 400
const MAX_NAME = 50

export const specialDaySchema = z.strictObject({
  /** `2026-11-11`, or each year `11-11`. */
  date: z.string().refine(isDate, 'expected a day like 2026-11-11, or 11-11 for each year'),
  name: z.string().trim().min(1).max(MAX_NAME),
  /**
   * `workday`, `weekend`: as such a day, whatever the calendar says (also: holidays of a year that has no
   * schedule yet). `special`: like no other day but those of its name.
   */
  like: z.enum(['workday', 'weekend', 'special']).default('special'),
})

export type SpecialDay = z.infer<typeof specialDaySchema>

export const specialDaysSchema = z
  .array(specialDaySchema)
  .max(MAX_DAYS)
  .superRefine((days, context) => {
    const seen = new Set<string>()
    for (const [at, { date }] of days.entries()) {
      if (seen.has(date)) {
        context.addIssue({ code: 'custom', path: [at, 'date'], message: `${date} is there twice` })
      }
      seen.add(date)
    }
  })

/** Whether the zone exists. */
export const zoneSchema = z.string().refine(isZone, 'expected a time zone like Asia/Shanghai')

/** How an environment sees days, as it is stored. */
export const calendarSchema = z.strictObject({
  zone: zoneSchema.default('Asia/Shanghai'),
  /** Whose holidays: `none` knows weekends only. */
  holidays: z.enum(['china', 'none']).default('china'),
  specialDays: specialDaysSchema.default([]),
})

export type CalendarSettings = z.infer<typeof calendarSchema>

export const DEFAULT_CALENDAR: CalendarSettings = calendarSchema.parse({})

function isDate(text: string): boolean {
  // Of a leap year: 29 February comes back, too.
  return isCivilDay(text) || isCivilDay(`2024-${text}`)
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}

/** How the days of an environment are shown. */
import { z } from 'zod'
import { calendarSchema } from '../calendar/special-day.ts'
import { answerOf } from './schemas.ts'

const expected = 'a year from 2004 to 2100'

/** Without a year: this one, in the zone of the environment. */
export const calendarQuery = z.strictObject({
  year: z.coerce.number(expected).int(expected).min(2004, expected).max(2100, expected).optional(),
})

export const calendarAnswer = answerOf({
  calendar: calendarSchema,
  year: z.object({
    year: z.number(),
    /** As `2026-11-21`, in the zone of the environment. */
    today: z.string(),
    /** Of later days the law and the day of the week say what they are; absent where there are no holidays. */
    scheduledUntil: z.string().optional(),
    /** All of the year, 1 January first. */
    days: z.array(
      z.object({
        day: z.string(),
        kind: z.enum(['workday', 'make-up-workday', 'weekend', 'holiday', 'special']),
        whence: z.enum(['own', 'schedule', 'law', 'weekday']),
        name: z.object({ zh: z.string(), en: z.string() }).optional(),
      }),
    ),
  }),
})

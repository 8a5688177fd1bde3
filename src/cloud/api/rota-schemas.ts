/** How rotas are taken and shown. */
import { z } from 'zod'
import { isCivilDay } from '../calendar/civil-day.ts'
import { clockTime, ids } from './policy-schemas.ts'
import { environmentParams, line, timeZone, unixMs } from './schemas.ts'

const MAX_OVERRIDE_MS = 366 * 86_400_000

const param = z.string().max(100)
export const rotaParams = environmentParams.extend({ rota: param })
export const overrideParams = rotaParams.extend({ override: param })

const day = z.string().refine(isCivilDay, 'a day such as 2026-11-23')

export const rotaBody = z.strictObject({
  name: line(64),
  timeZone: timeZone.default('Asia/Shanghai'),
  /** Ids of contacts, in the order in which they take turns. */
  members: ids(50)
    .min(1, 'a member')
    .refine((members) => new Set(members).size === members.length, 'each member once'),
  /** The first member begins on this day, and each turn of weeks on its weekday. */
  startsOn: day,
  handOverAt: clockTime.refine((time) => time !== '24:00', 'a time such as 09:00').default('09:00'),
  /** Length of a turn. */
  turnDays: z
    .int()
    .min(1)
    .max(84)
    .refine((days) => days === 1 || days % 7 === 0, 'a day, or 1 to 12 whole weeks: 1, 7, 14 … 84')
    .default(7),
})

export const overrideBody = z
  .strictObject({
    fromMs: z.int('a time in ms').min(0),
    toMs: z.int('a time in ms').min(0),
    /** Id of a contact. */
    contact: param.min(1, 'one of the contacts there are'),
    reason: line(200),
  })
  .superRefine(({ fromMs, toMs }, context) => {
    if (toMs > fromMs && toMs - fromMs <= MAX_OVERRIDE_MS) return
    const message = 'an end after the start, by 366 days at the most'
    context.addIssue({ code: 'custom', path: ['toMs'], message })
  })

const overrideView = z.object({
  ...{ id: z.string(), fromMs: unixMs, toMs: unixMs, contact: z.string() },
  /** Name of the user who entered it. */
  by: z.string(),
  reason: z.string(),
})

export const rotaView = rotaBody.extend({
  id: z.string(),
  /** That are not over. */
  overrides: z.array(overrideView),
  /** Members who were removed: the next stands in for them. */
  gone: z.array(z.string()),
  /** The coming four weeks from now on; `contact` is null while nobody is on call. */
  shifts: z.array(
    z.object({
      ...{ fromMs: unixMs, toMs: unixMs, contact: z.string().nullable() },
      /** By an override. */
      stepsIn: z.boolean(),
    }),
  ),
  /** The same by day of the time zone: who is on call for some of it, in order. */
  days: z.array(z.object({ day: z.string(), contacts: z.array(z.string()) })),
})

/** How mutes are taken and shown. */
import { z } from 'zod'
import { faultsOf, MATCH_OPS, matchNothing } from '../notify/mute.ts'
import { dayTimes } from './policy-schemas.ts'
import { environmentParams, line, timeZone, unixMs } from './schemas.ts'

const MAX_MS = 366 * 86_400_000

export const muteParams = environmentParams.extend({ mute: z.string().max(100) })

const matcher = z.strictObject({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'the name of a label'),
  op: z.enum(MATCH_OPS, '=, !=, =~ or !~').default('='),
  value: z.string('a text').max(1000),
})

const matchers = z
  .array(matcher)
  .min(1, 'a matcher')
  .max(20)
  .superRefine((all, context) => {
    const faults = faultsOf(all)
    for (const [at, fault] of faults.entries()) {
      if (fault) context.addIssue({ code: 'custom', path: [at, 'value'], message: fault })
    }
    if (faults.every((fault) => fault === '') && matchNothing(all)) {
      const message = 'a matcher that does not match everything'
      context.addIssue({ code: 'custom', message })
    }
  })

const weekly = z.strictObject({
  timeZone: timeZone.default('Asia/Shanghai'),
  times: z
    .array(
      dayTimes.safeExtend({
        /** 0 is Sunday. */
        days: z.array(z.int().min(0).max(6)).min(1).max(7),
      }),
    )
    .min(1, 'hours of the week')
    .max(20),
})

const whole = z.int('a time in ms').min(0)

export const muteBody = z
  .strictObject({
    /** All of them match. Besides its labels an alarm has `severity`, `service` and `app`. */
    matchers,
    fromMs: whole,
    /** At most 366 days after the start. */
    toMs: whole,
    /** Null: all the time between. */
    weekly: weekly.nullable().default(null),
    reason: line(200),
  })
  .superRefine(({ fromMs, toMs }, context) => {
    if (toMs > fromMs && toMs - fromMs <= MAX_MS) return
    const message = 'an end after the start, by 366 days at the most'
    context.addIssue({ code: 'custom', path: ['toMs'], message })
  })

export const muteView = z.object({
  ...{ id: z.string(), matchers: z.array(matcher), fromMs: unixMs, toMs: unixMs },
  weekly: weekly.nullable(),
  ...{ reason: z.string(), author: z.string(), createdAtMs: unixMs },
  /** `pausing`: between its hours of the week. */
  state: z.enum(['waiting', 'active', 'pausing', 'ended']),
  /** Within a day, for good. */
  endsSoon: z.boolean(),
  /** Alarms. */
  muted: z.number(),
  mutedAtMs: unixMs.optional(),
})

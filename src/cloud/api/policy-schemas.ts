/** How policies and contact groups are taken and shown. */
import { z } from 'zod'
import { line, timeZone } from './schemas.ts'

export const ids = (max: number) => z.array(z.string().max(100)).max(max)

/** `09:00`; `24:00` is the end of the day. */
export const clockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time such as 09:00')

export const dayTimes = z
  .strictObject({ from: clockTime, to: clockTime })
  .refine(
    ({ from, to }) => from !== to && from !== '24:00',
    'times that begin and end at another time',
  )

const offHours = z.enum(['tell', 'errors', 'hold'], 'tell, errors or hold')

const hours = z.strictObject({
  timeZone: timeZone.default('Asia/Shanghai'),
  /** None: all day. */
  times: z
    .array(
      dayTimes.safeExtend({
        days: z
          .array(z.enum(['workday', 'weekend'], 'workday or weekend'))
          .min(1)
          .max(2),
      }),
    )
    .max(20)
    .default([]),
  outside: offHours.default('hold'),
  /** `weekend`: as on a weekend. */
  holidays: z
    .enum(['tell', 'errors', 'hold', 'weekend'], 'tell, errors, hold or weekend')
    .default('weekend'),
})

const servicePattern = z
  .string()
  .trim()
  .regex(/^[^\s/]{1,200}(?:\/\S{1,200})?$/, '*, App, App.Server or App.Server/interface')

const minutes = 'whole minutes from 1 to 1440'

const escalationStep = z.strictObject({
  /** After the alarm was told. */
  afterMinutes: z.int(minutes).min(1, minutes).max(1440, minutes),
  /** What makes the step unnecessary. */
  unless: z
    .enum(['acknowledged', 'delivered'], 'acknowledged or delivered')
    .default('acknowledged'),
  contacts: ids(100).default([]),
  groups: ids(100).default([]),
  rotas: ids(100).default([]),
  receivers: ids(100).default([]),
})

/** Each step later than the one before, and somebody is told by each. */
const escalation = z
  .array(escalationStep)
  .max(5, 'at most 5 steps')
  .superRefine((steps, context) => {
    for (const [at, { afterMinutes, contacts, groups, rotas, receivers }] of steps.entries()) {
      const say = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: [at, field], message })
      if (afterMinutes <= (steps[at - 1]?.afterMinutes ?? 0)) {
        say('afterMinutes', 'more minutes than the step before')
      }
      if (contacts.length + groups.length + rotas.length + receivers.length === 0) {
        say('contacts', 'somebody to be told')
      }
    }
  })

export const policyBody = z.strictObject({
  name: line(64),
  enabled: z.boolean('true or false').default(true),
  /** `*` in them stands for any text. */
  services: z.array(servicePattern).min(1, 'a service, or *').max(200),
  /** Names of rules; `*` in them stands for any text. */
  alarms: z.union([z.literal('all'), z.array(line(200)).min(1).max(200)]).default('all'),
  severities: z
    .array(z.enum(['ERROR', 'WARN', 'INFO'], 'ERROR, WARN or INFO'))
    .min(1, 'a level')
    .max(3)
    .default(['ERROR', 'WARN', 'INFO']),
  contacts: z.union([z.literal('all'), ids(500)]).default([]),
  groups: ids(100).default([]),
  /** Who is on call when it goes out is told. */
  rotas: ids(100).default([]),
  receivers: ids(100).default([]),
  mode: z.enum(['realtime', 'digest', 'both'], 'realtime, digest or both').default('both'),
  /** Null: always. */
  hours: hours.nullable().default(null),
  /** Who else is told when nobody acknowledges an alarm, or no message of it can be sent. */
  escalation: escalation.default([]),
})

export const policyView = policyBody.extend({ id: z.string() })

export const groupBody = z.strictObject({ name: line(64), contacts: ids(500) })
export const groupView = groupBody.extend({ id: z.string() })

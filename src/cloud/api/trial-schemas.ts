/** Backtests that the console asks for, and what they tell. */
import { z } from 'zod'
import { thresholdSchema } from '../baselines/threshold.ts'
import { ownRuleBody } from '../rules/form/own-rule.ts'
import { unixMs } from './schemas.ts'
import { valueChange } from './threshold-schemas.ts'

const MAX_TEXT = 200_000
const instant = z.int('ms since the Unix epoch').min(0, 'ms since the Unix epoch')

export const trialBody = z.strictObject({
  rules: z.discriminatedUnion('kind', [
    /** A rule file; what is recorded by other rules is there as it was. */
    z.strictObject({ kind: z.literal('text'), text: z.string('a rule file').max(MAX_TEXT) }),
    z.strictObject({ kind: z.literal('own'), body: ownRuleBody }),
    /** Told before and after it, for where it holds. */
    z.strictObject({ kind: z.literal('threshold'), threshold: thresholdSchema }),
    /** Another value of a form that is kept; told before and after it, for all it is about. */
    z.strictObject({ kind: z.literal('value'), ...valueChange.shape }),
  ]),
  /** By default the day before `toMs`. */
  fromMs: instant.optional(),
  /** By default now. */
  toMs: instant.optional(),
})

const counts = z.record(z.string(), z.number())

export const reportView = z.object({
  fromMs: unixMs,
  toMs: unixMs,
  /** Rules times instants. */
  evaluations: z.number(),
  services: z.number(),
  alarmCount: z.number(),
  byRule: counts,
  messageCount: z.number(),
  /** By name of the contact. */
  byContact: counts,
  noise: z.object({
    messagesADay: z.number(),
    /** Null when no service is known. */
    alarmsPerServiceWeek: z.number().nullable(),
    flappingShare: z.number(),
    longestQuietMs: z.number(),
  }),
  /** In the order in which they fired; the first 50. */
  alarms: z.array(
    z.object({
      rule: z.string(),
      severity: z.string(),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
      /** Null when it is no finite number. */
      value: z.number().nullable(),
      firedAtMs: unixMs,
      /** Absent: it was firing at the end. */
      resolvedAtMs: unixMs.optional(),
    }),
  ),
  /** Why rules said nothing at some instants. */
  failed: z.array(z.object({ rule: z.string(), times: z.number(), message: z.string() })),
})

export const progressView = z.object({ doneMs: z.number(), ofMs: z.number() })

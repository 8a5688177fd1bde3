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
const extent = z.object({ fromMs: unixMs, toMs: unixMs })

export const reportView = z.object({
  fromMs: unixMs,
  toMs: unixMs,
  /** From the first to the last data that any rule reads; null: there were none, and nothing was judged. */
  judged: extent.nullable(),
  /** Rules that could judge less than that, or saw less than they look back for. */
  short: z.array(
    z.object({
      rule: z.string(),
      /** Null: nothing. */
      judged: extent.nullable(),
      /** What it cannot do without and is not stored, as PromQL has it. */
      missing: z.array(z.string()),
      /** From then on it sees all that it looks back for; maybe after the end. Absent: it always did. */
      wholeFromMs: unixMs.optional(),
    }),
  ),
  /** What is stored and could not be read, in words: the rest counts. */
  unreadable: z.array(z.string()),
  /** Rules times instants. */
  evaluations: z.number(),
  services: z.number(),
  alarmCount: z.number(),
  byRule: counts,
  messageCount: z.number(),
  /** By name of the contact. */
  byContact: counts,
  /** Of the time that was judged; null: nothing was. */
  noise: z
    .object({
      messagesADay: z.number(),
      /** Null when no service is known. */
      alarmsPerServiceWeek: z.number().nullable(),
      flappingShare: z.number(),
      longestQuietMs: z.number(),
    })
    .nullable(),
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

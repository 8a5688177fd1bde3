/** Rules with thresholds, and which holds where. */
import { z } from 'zod'
import { thresholdSchema } from '../baselines/threshold.ts'
import { VALUE_UNITS, VALUED } from '../rules/form/compared.ts'
import { COMPARED_WITH } from '../rules/learning.ts'
import { THRESHOLD_UNITS } from '../rules/threshold/adjustable.ts'

export const thresholdsQuery = z.strictObject({
  /** `App.Server`: its interfaces are told of. */
  server: z.string('App.Server').max(200, 'at most 200 characters').optional(),
})

const level = z.enum(['global', 'app', 'server', 'interface'])

/** The nearest; without a level that of the rule file. */
const effective = z.object({ value: z.number(), level: level.optional() })

const rule = z.object({
  name: z.string(),
  title: z.string(),
  titleEn: z.string(),
  /** When it fires, in a sentence. */
  when: z.string().optional(),
  whenEn: z.string().optional(),
  severity: z.string(),
  unit: z.enum(THRESHOLD_UNITS),
  /** That of the rule file. */
  otherwise: z.number(),
})

export const thresholdRulesView = {
  thresholds: thresholdSchema.array(),
  rules: rule
    .extend({
      /** Of the server that was asked for, else of all. */
      effective,
      interfaces: z.array(effective.extend({ interface: z.string() })),
    })
    .array(),
  /** What is not known yet: until then rules say less than with the values here. */
  learning: z.enum(COMPARED_WITH).array(),
  /** Called lately; the first 2,000 by name. */
  servers: z.string().array(),
}

/** How far an alarm went, as `Reached`. */
const reached = {
  /**
   * `quiet`: as the value is now it would not have told of the alarm. `none`: no value would have kept it quiet.
   * `unknown`: its values are not stored any more, or cannot be read.
   */
  outcome: z.enum(['proposed', 'quiet', 'none', 'unknown']),
  /** The farthest; absent where it was compared with nothing. */
  reached: z.number().optional(),
  /** The value that would have kept it quiet. */
  proposed: z.number().optional(),
}

export const alarmThresholdView = z.object({
  rule,
  /** Where one for this alarm would be set. */
  server: z.string(),
  interface: z.string().optional(),
  effective,
  /** What is above it is told, else what is below. */
  isAbove: z.boolean(),
  ...reached,
})

/** Another value of the form of a rule that people made: of all for whom it is. */
export const valueChange = z.strictObject({
  /** The id of the rule. */
  rule: z.string('the id of a rule').min(1).max(64),
  /** How the rule compares: a value is no factor. */
  comparison: z.enum(VALUED, `one of ${VALUED.join(', ')}`),
  /** As the form has it. */
  value: z.number('a number'),
})

const compared = z.object({
  comparison: z.enum(VALUED),
  op: z.enum(['>', '<']),
  unit: z.enum(VALUE_UNITS),
  /** Of the form as it is now. */
  value: z.number(),
  ...reached,
})

export const ownThresholdView = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['form', 'promql']),
  /** Of forms that compare with a value or a factor. */
  compared: compared.optional(),
})

export const alarmThresholdAnswer = {
  threshold: alarmThresholdView.optional(),
  /** Of an alarm whose rule people made. */
  own: ownThresholdView.optional(),
  /** Of an alarm whose rule is one of a file: the name of that. */
  file: z.string().optional(),
}
